"""Who sits in an assembly and how a meeting counts: delays, quorum, proxies, votes. Neither models nor screens yet."""
