"""The albums of a site: photographs sent many at once, then described in the form of their page."""
