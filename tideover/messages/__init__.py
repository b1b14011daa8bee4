"""Words to customers and whether they may be sent: texts, suppression, delivery, opens and opt-outs. Never when."""
