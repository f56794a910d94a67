"""What earlier versions stored, as DynamoDB held it, for today's readers to prove themselves on."""
