//! What the head of every file says: the formula, its derivatives, the version and the command.

use crate::calculus::Component;
use crate::kernel::Activation;
use crate::ops::Kinks;

/// The lines of a head, of at most `width` characters where a break is possible; `command` is what writes the file.
pub(crate) fn head(activation: &Activation, command: &str, width: usize) -> Vec<String> {
    let title = format!("{}: {}", activation.name, activation.source);
    let mut lines = wrapped(&title, width);
    lines.push(String::new());
    let simplified = activation.value.formula(0);
    if simplified != activation.source {
        lines.extend(wrapped(&format!("Simplified: {simplified}"), width));
    }
    for variable in activation.differentiated() {
        let name = &activation.gradient.variables[variable];
        let derivative = activation.gradient.graph(Component::Derivative(variable));
        let text = format!(
            "Derivative with respect to {name}: {}",
            derivative.formula(0)
        );
        lines.extend(wrapped(&text, width));
    }
    if activation.kinks == Kinks::Torch && !activation.value.is_smooth() {
        lines.push("At kinks, derivatives are PyTorch's.".to_owned());
    }
    lines.push(String::new());
    let version = env!("CARGO_PKG_VERSION");
    lines.push(format!("Written by actsmith {version}:"));
    lines.extend(wrapped(command, width));
    lines
}

/// The text in lines, which are broken at spaces; those that follow the first are indented.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let length = line.chars().count() + 1 + word.chars().count();
        if length > width && !line.trim().is_empty() {
            lines.push(std::mem::replace(&mut line, format!("    {word}")));
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_spaces() {
        assert_eq!(wrapped("a + b + c", 5), ["a + b", "    +", "    c"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("abcdefgh i", 5), ["abcdefgh", "    i"]);
    }
}
