"""The local stack: MongoDB, RabbitMQ, nginx and our own processes, private, on loopback, stopped by their own pids."""
