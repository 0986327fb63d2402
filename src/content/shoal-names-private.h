/* shoal-names-private.h: one character of a name, for this room only.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#ifndef SHOAL_CONTENT_COMPILATION
#error "private to src/content"
#endif

#include "shoal-names.h"

G_BEGIN_DECLS

/* The character at the start of @left ≥ 1 bytes. @fault: OK, NOT_UTF8, SLASH,
 * CONTROL or INVISIBLE. @c is 0xFFFD for bytes that are no character.
 * Returns: its bytes; 1 if it is none */
size_t shoal_name_next_character (const char *text, size_t left, gunichar *c,
                                  ShoalNameFault *fault);

G_END_DECLS
