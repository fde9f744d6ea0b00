use forge::activation;

activation! {
    pub Compared(x) = (x > 0) * x;
    pub NoElse(x) = if x > 0 { sigmoyd(x) };
    pub Assigned(x) = if x = 1 { 0 } else { x };
    pub NoCondition(x) = if x { sigmoyd(x) } else { x };
    pub Named(x) = { let s = sigmoyd(x); s * x + s };
}

