"""Language models that draft texts: what is told and answered, and the one module that speaks to them."""
