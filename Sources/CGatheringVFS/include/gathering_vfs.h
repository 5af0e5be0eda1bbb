#ifndef ACTA_GATHERING_VFS_H
#define ACTA_GATHERING_VFS_H

/* A layer over one of SQLite's file layers, for the connection that writes in WAL mode.
 *
 * SQLite writes each frame of the write-ahead log with two calls, 24 bytes of header and a page. Here the
 * frames of a commit are collected and written at once, when the frame that commits is complete: that is
 * before the wal-index tells anybody of them. What is written, where, and when it is synced stays as it
 * was.
 *
 * Registers the layer over `base` (NULL: the default), if it is not there yet, and returns its name; NULL
 * when there is no such base or no memory. */
const char *acta_gathering_vfs(const char *base);

#endif
