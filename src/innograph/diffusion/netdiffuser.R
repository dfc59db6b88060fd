# Reads nodes.csv and ties.csv, as `innograph diffusion export` writes them.
#
#   source("read.R")
#   told <- read_innograph()           # base R alone
#   net <- diffnet_of(told)            # an object of netdiffuseR
#
# Of several innovations one is read: the first, or the one that is named.

read_innograph <- function(folder = ".", innovation = NULL, t0 = NULL, t1 = NULL) {
  table_of <- function(name, kinds) {
    utils::read.csv(file.path(folder, name), colClasses = kinds, na.strings = "",
                    fileEncoding = "UTF-8", check.names = FALSE)
  }
  nodes <- table_of("nodes.csv", c(
    innovation = "character", innovation_name = "character", id = "character",
    name = "character", toa = "integer", entry = "integer", exit = "integer",
    date_kind = "character", not_before = "character", not_after = "character",
    source = "character"))
  ties <- table_of("ties.csv", c(
    ego = "character", alter = "character", w = "numeric", t0 = "integer", t1 = "integer"))
  if (is.null(innovation)) innovation <- nodes$innovation[1]
  nodes <- nodes[nodes$innovation == innovation, ]
  if (nrow(nodes) == 0) stop("there is no innovation ", innovation)
  if (is.null(t0)) t0 <- min(nodes$toa, na.rm = TRUE)
  if (is.null(t1)) t1 <- max(nodes$toa, na.rm = TRUE)
  list(innovation = innovation, nodes = nodes, ties = ties, toa = nodes$toa, t0 = t0, t1 = t1)
}

# The ties that stand in a period.
ties_in <- function(told, period) {
  ties <- told$ties
  ties[(is.na(ties$t0) | ties$t0 <= period) & (is.na(ties$t1) | ties$t1 >= period), ]
}

# The network of a period: row ego looks to column alter.
slice_of <- function(told, period) {
  ids <- told$nodes$id
  ties <- ties_in(told, period)
  network <- matrix(0, length(ids), length(ids), dimnames = list(ids, ids))
  # A tie that is dated and one that is not may be of the same two.
  for (i in seq_len(nrow(ties))) {
    network[ties$ego[i], ties$alter[i]] <- network[ties$ego[i], ties$alter[i]] + ties$w[i]
  }
  network
}

# Needs netdiffuseR, which brings Matrix. It takes no fewer than two periods: where all adopted in one,
# there is another after it, in which nobody does.
diffnet_of <- function(told) {
  ids <- told$nodes$id
  periods <- told$t0:max(told$t1, told$t0 + 1)
  slices <- lapply(periods, function(period) {
    ties <- ties_in(told, period)
    Matrix::sparseMatrix(i = match(ties$ego, ids), j = match(ties$alter, ids), x = ties$w,
                         dims = c(length(ids), length(ids)), dimnames = list(ids, ids))
  })
  names(slices) <- periods
  inside <- told$toa %in% periods
  names <- ifelse(is.na(told$nodes$name), ids, told$nodes$name)
  netdiffuseR::as_diffnet(
    slices, toa = ifelse(inside, told$toa, NA_integer_), t0 = min(periods), t1 = max(periods),
    vertex.static.attrs = data.frame(name = names, stringsAsFactors = FALSE),
    undirected = FALSE, name = told$innovation)
}
