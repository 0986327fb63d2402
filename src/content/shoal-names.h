/* shoal-names.h: which file names are safe to write, show and tell apart.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A *name* is one element of a path; a *path* is names joined by '/', relative
 * to the share. Names that come from elsewhere are bytes until checked; sizes
 * are in bytes, and -1 stands for a NUL-terminated string. Pure, any thread. */
#pragma once

#include "shoal-limits.h"

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Ends the name of a file that is being fetched: “a.txt.shoal.part”. Nothing that
 * is shared may be called so (in any case). */
#define SHOAL_PART_SUFFIX ".shoal.part"

/* Why a name is refused. The order is that of the checks. */
typedef enum
{
  SHOAL_NAME_OK,
  SHOAL_NAME_EMPTY,
  SHOAL_NAME_DOTS,        /* “.” or “..” */
  SHOAL_NAME_TOO_LONG,    /* an element over SHOAL_MAX_NAME_BYTES */
  SHOAL_NAME_NOT_UTF8,    /* invalid, overlong, surrogates */
  SHOAL_NAME_SLASH,       /* ‘/’ or ‘\’ inside an element */
  SHOAL_NAME_CONTROL,     /* NUL, C0, DEL, C1 */
  SHOAL_NAME_INVISIBLE,   /* characters that hide or reorder text; joiners that join nothing */
  SHOAL_NAME_RESERVED,    /* ends in SHOAL_PART_SUFFIX */
  SHOAL_NAME_CLASH,       /* equals another one but for case or composition */
  SHOAL_NAME_PATH_LENGTH, /* a path over SHOAL_MAX_PATH_BYTES */
  SHOAL_NAME_PATH_DEPTH,  /* deeper than SHOAL_MAX_PATH_DEPTH */
} ShoalNameFault;

/* One element. Never CLASH or PATH_…. */
ShoalNameFault shoal_name_check (const char *name, gssize size);
/* A relative path: every element, and the whole. Never CLASH. */
ShoalNameFault shoal_path_check (const char *path, gssize size);
/* “contains a control character”: the rest of a sentence that begins with the
 * name. For OK: “is safe”. */
const char    *shoal_name_fault_get_text (ShoalNameFault fault);

/* For messages and terminals: valid printable UTF-8 on one line; backslashes, controls,
 * invisible characters and invalid bytes as \\, \xNN or \u{NNNN}; cut after
 * @max_chars characters (0: never) with “…”. Returns: (transfer full) */
char *shoal_name_escape (const char *name, gssize size, size_t max_chars);

/**
 * shoal_name_repair:
 *
 * A safe name like @name, for descriptions made by foreign programs only:
 * unsafe characters are dropped or become `_`, an over-long name is cut keeping
 * an extension of up to 10 bytes. Safe names come back unchanged.
 * Telling apart names that become equal is the caller's part.
 *
 * Returns: (transfer full)
 */
char *shoal_name_repair (const char *name, gssize size);
/* @name with “ (@number)” before its extension, still within the length limit.
 * Returns: (transfer full) */
char *shoal_name_add_number (const char *name, unsigned number);

/* TRUE if FAT, exFAT, NTFS and SMB can hold it as it is: none of < > : " | ? *,
 * no dot or space at the end, no DOS device. @name is a safe name. */
gboolean shoal_name_fits_windows (const char *name);
/* The name to use there instead: the offending characters become `_`; a DOS
 * device gets one: “con.txt” → “con_.txt”. Returns: (transfer full) */
char    *shoal_name_map_windows  (const char *name);

/* Equal for names that some file system, or a person, takes for the same: NFC, case
 * folding, without joiners. @name is valid UTF-8. Returns: (transfer full) */
char *shoal_name_clash_key (const char *name, gssize size);

/* --- Labels: what devices call themselves, and people each other ---------- */

/* Nothing hides or reorders text in it. @label is valid UTF-8. */
gboolean shoal_label_is_plain        (const char *label);
/* Without characters that show nothing: for comparing. (transfer full) */
char    *shoal_label_strip_invisible (const char *label);

G_END_DECLS
