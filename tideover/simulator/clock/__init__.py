"""Time and chance: the clock, what is planned on it, billing periods, draws that repeat. Nothing of it is Stripe's."""
