"""The ways back beside the days of the rules: what a payer may choose, and what was agreed."""
