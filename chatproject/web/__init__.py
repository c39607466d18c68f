"""The pages around the web client: they work without JavaScript, up to the client itself."""
