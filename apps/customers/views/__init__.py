"""The pages of customers, and of the people who see single ones."""
