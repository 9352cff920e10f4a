"""The pages of API clients, by what they are about."""
