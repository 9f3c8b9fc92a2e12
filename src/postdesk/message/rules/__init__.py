"""Rules about messages: each module answers one question with a reason; ``order`` lists them."""
