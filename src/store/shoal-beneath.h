/* shoal-beneath.h: opening names from the network beneath one folder, and nowhere else.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-disk.h"

G_BEGIN_DECLS

/*
 * Every function takes @folder, the descriptor of an open folder, and @path,
 * relative to it: elements joined by “/”, none of them empty, “.” or “..”;
 * NULL or "" means @folder itself. No element is ever followed if it is a
 * symbolic link, the last one included, and no path leaves @folder: openat2()
 * with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS, or,
 * where the kernel or a sandbox does not allow openat2(), a walk element by
 * element with O_NOFOLLOW.
 *
 * They block, may run on any thread, and answer as the system calls do: -1 and
 * errno. EINVAL: a path that is not as above; ELOOP or ENOTDIR: a symbolic
 * link is in the way. Descriptors are close-on-exec and the caller's.
 */

/* A folder that the user named: its own path may hold links. */
int shoal_beneath_open_root (const char *path);

/* What realpath() has given: if there is a link by now, it fails. */
int shoal_beneath_open_resolved (const char *path, int flags);

/* @flags, @mode: as of openat(). */
int shoal_beneath_open (int folder, const char *path, int flags, mode_t mode);

/* A folder, for reading (so that it can be synced). */
int shoal_beneath_open_folder (int folder, const char *path);

/* As shoal_beneath_open_folder(), making those that are missing (0777 & ~umask). */
int shoal_beneath_make_folders (int folder, const char *path);

/* The folder part of @path ("" if none) and its last element.
 * Returns: (transfer full) */
char       *shoal_beneath_parent (const char *path);
/* (transfer none): points into @path */
const char *shoal_beneath_name   (const char *path);

/* TRUE if @path is one that the functions above take (and not ""). */
gboolean shoal_beneath_path_is_plain (const char *path);

/* Tests only: do as if openat2() did not exist. */
void shoal_beneath_set_fallback (gboolean fallback);

/* --- Folder descriptors kept for a while --------------------------------- */

/* Keeps the descriptors of the last few folders used, so that ten thousand
 * small files do not walk ten thousand paths. May be used from any thread. */
typedef struct _ShoalFolderCache ShoalFolderCache;

/* An open folder on loan; valid until shoal_open_folder_release(). */
typedef struct
{
  int   fd;
  /*< private >*/
  gint  refs;
  char *path;
} ShoalOpenFolder;

/* @root: descriptor of the folder that all paths are beneath; owned by the
 * cache from now on. @disk: (nullable): NULL for the real calls. */
ShoalFolderCache *shoal_folder_cache_new   (int root, const ShoalDisk *disk);
void              shoal_folder_cache_free  (ShoalFolderCache *self);
int               shoal_folder_cache_get_root (ShoalFolderCache *self);
/* NULL and errno on failure. @make: make missing folders. */
ShoalOpenFolder      *shoal_folder_cache_get   (ShoalFolderCache *self, const char *path,
                                            gboolean make);
/* Forgets all descriptors, so that folders moved by somebody else are looked
 * up again; those on loan stay open until released. */
void              shoal_folder_cache_forget (ShoalFolderCache *self);
/* Keeps errno. NULL is allowed. */
void              shoal_open_folder_release     (ShoalOpenFolder *folder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalOpenFolder, shoal_open_folder_release)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalFolderCache, shoal_folder_cache_free)

G_END_DECLS
