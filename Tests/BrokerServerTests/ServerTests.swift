import Testing

/// Everything that needs sockets, one at a time, because some of it measures memory.
@Suite("Server", .serialized) struct ServerTests {}
