"""Reviews over HTTP: the queue, the cards."""
