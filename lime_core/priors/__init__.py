"""Global priors of G-LIME: what one is, how it is built, kept and judged."""
