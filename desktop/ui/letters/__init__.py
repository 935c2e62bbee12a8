"""Letters of a visit on the scribe's screen: what is filled in, how it will look, and where each stands."""
