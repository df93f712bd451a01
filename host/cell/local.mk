# host/cell
