"""All I/O of the kernel: the log on MongoDB, the relay, subscriptions, HTTP, identity, settings, logs."""
