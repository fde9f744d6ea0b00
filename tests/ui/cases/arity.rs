use forge::activation;

activation! {
    pub TooMany(x) = x * silu(x, 2) + max(x);
    pub Both(x) = clamp(x, sigmoyd(x));
}

