"""Settings > Webhooks, a module for what is a page's subject: endpoints, their deliveries."""
