//! A report as Markdown: the text of `evaluation.md`.

use super::{Report, searches, text};

impl Report {
    /// The text of `evaluation.md`.
    pub fn to_markdown(&self) -> String {
        let mut page = format!("# {}\n\n", text::title(self));
        for verdict in &self.verdicts {
            page += &format!("**{verdict}**\n\n");
        }
        page += &table(&text::scores(self));
        page += "\n";
        if self.test.is_some() {
            page += &table(&text::comparisons(self));
            page += "\n";
        }
        if !self.searches.is_empty() {
            page += &table(&searches::table(&self.searches, self.measure));
            page += "\n";
        }
        for note in text::notes(self) {
            page += &format!("{note}\n\n");
        }
        page += "| activation | formula | seed by seed |\n| --- | --- | --- |\n";
        for row in &self.activations {
            let scores = row.scores.iter().map(|score| match &score.diverged {
                Some(diverged) => format!("diverged at step {}", diverged.step),
                None => match score.accuracy {
                    Some(accuracy) => {
                        format!("{:.4} nats, {:.2} %", score.loss(), 100.0 * accuracy)
                    }
                    None => format!("{:.4} nats", score.loss()),
                },
            });
            let scores: Vec<String> = scores.collect();
            page += &format!(
                "| {} | `{}` | {} |\n",
                row.name,
                row.formula.replace('|', "\\|"),
                scores.join("; ")
            );
        }
        page
    }
}

fn table(rows: &[Vec<String>]) -> String {
    let line = |row: &Vec<String>| format!("| {} |\n", row.join(" | "));
    let mut lines = rows.iter().map(line);
    let head = lines.next().unwrap_or_default();
    let rule = "| --- ".repeat(rows.first().map_or(0, Vec::len));
    format!("{head}{rule}|\n{}", lines.collect::<String>())
}
