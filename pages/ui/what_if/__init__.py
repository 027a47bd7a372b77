"""What the page What if alone needs: a picture to be pressed, edits of superpixels, and what is said of hidden ones."""
