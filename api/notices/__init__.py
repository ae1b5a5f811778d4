"""Letters to senders: made from the office's templates in their language and script, kept, their sending recorded."""
