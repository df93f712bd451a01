# host/chart
