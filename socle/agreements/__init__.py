"""What binds a beneficiary to the operators: tripartite agreements and their register. Not the services that follow."""
