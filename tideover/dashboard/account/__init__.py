"""A person's own account: password, second factor, and the browsers they are signed in with."""
