"""What tests of several rooms share: planted models, broken files, apps that count."""
