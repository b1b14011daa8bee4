"""What is told of a case: why it stands where it stands, what holds it back, what a payer is offered and answered."""
