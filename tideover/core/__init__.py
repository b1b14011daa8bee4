"""The rules: pure functions of (state, facts, rules, now) to decisions."""
