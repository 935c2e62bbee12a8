"""What this laptop can say about itself: runs the device checks and makes the signed report of them."""
