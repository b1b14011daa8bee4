"""Why a case stands where it stands, for pages and commands: what comes next, and what holds it back."""
