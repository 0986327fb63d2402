/* shoal-attributes.h: times and modes that travel beside a description.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Advisory, per source, not part of what a share is. On the wire:
 *
 *   u8 version = 1, u32 files, u32 folders, then 1 + files + folders records:
 *   i64 nanoseconds since 1970, u8 flags
 *
 * The first record is the share's own folder (or all zeroes, for a single
 * file), then files and folders as numbered in the description. */
#pragma once

#include "shoal-description.h"

G_BEGIN_DECLS

typedef enum
{
  SHOAL_ATTRIBUTE_EXECUTABLE = 1 << 0, /* files only */
  SHOAL_ATTRIBUTE_HAS_TIME   = 1 << 1, /* else mtime is 0 */
} ShoalAttributeFlags;

typedef struct
{
  gint64  mtime; /* nanoseconds since 1970 */
  uint8_t flags; /* ShoalAttributeFlags */
} ShoalAttribute;

/* Plain data: fill in, write; or parse, read. */
typedef struct
{
  uint32_t        n_files;
  uint32_t        n_folders;
  ShoalAttribute  top;
  ShoalAttribute *files;   /* (owned) */
  ShoalAttribute *folders; /* (owned) */
} ShoalAttributes;

/* Nothing known about anything. */
ShoalAttributes *shoal_attributes_new   (ShoalDescription *description);
void             shoal_attributes_free  (ShoalAttributes *self);
GBytes          *shoal_attributes_write (const ShoalAttributes *self);
/* SHOAL_ERROR_INVALID unless it is exactly of @description's shape. */
ShoalAttributes *shoal_attributes_parse (GBytes *bytes, ShoalDescription *description,
                                         GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalAttributes, shoal_attributes_free)

G_END_DECLS
