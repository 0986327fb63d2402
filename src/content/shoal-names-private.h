/* shoal-names-private.h: one character of a name, for this room only.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_CONTENT_COMPILATION
#error "private to src/content"
#endif

#include "shoal-names.h"

G_BEGIN_DECLS

/* The character at @at < @size of @name. @fault: OK, NOT_UTF8, SLASH, CONTROL or
 * INVISIBLE. @c is 0xFFFD for bytes that are no character.
 * Returns: its bytes; 1 if it is none */
size_t shoal_name_next_character (const char *name, size_t size, size_t at, gunichar *c,
                                  ShoalNameFault *fault);
gboolean shoal_name_is_invisible (gunichar c); /* joiners too */

/* --- shoal-names-joiners.c ----------------------------------------------- */

gboolean shoal_name_is_joiner   (gunichar c);
/* Does the joiner at @at do what it is for? Only the character after it, and
 * what stands before it, count: so whatever is cut off behind that character
 * changes nothing. */
gboolean shoal_name_joiner_fits (const char *start, const char *at, const char *end);

G_END_DECLS
