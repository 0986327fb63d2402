/* test-names.c: the rules for names.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-names.h"

#include <string.h>

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define TWO_FORTY FIFTY FIFTY FIFTY FIFTY TEN TEN TEN TEN

typedef struct
{
  const char    *name;
  gssize         size; /* 0: up to the NUL */
  ShoalNameFault fault;
  const char    *repaired; /* NULL: @name */
} Case;

static const Case CASES[] = {
  { "a", 0, SHOAL_NAME_OK, NULL },
  { "Größe — 東京 🐟.txt", 0, SHOAL_NAME_OK, NULL },
  { ".hidden", 0, SHOAL_NAME_OK, NULL },
  { "...", 0, SHOAL_NAME_OK, NULL },
  { "a..b", 0, SHOAL_NAME_OK, NULL },
  { "con", 0, SHOAL_NAME_OK, NULL },
  { "a:b", 0, SHOAL_NAME_OK, NULL },
  { " x ", 0, SHOAL_NAME_OK, NULL },
  { "~", 0, SHOAL_NAME_OK, NULL },
  { "-rf", 0, SHOAL_NAME_OK, NULL },
  { "\xf4\x8f\xbf\xbd", 0, SHOAL_NAME_OK, NULL },
  { "part", 0, SHOAL_NAME_OK, NULL },
  { "a.part", 0, SHOAL_NAME_OK, NULL },
  { TWO_FORTY, 0, SHOAL_NAME_OK, NULL },
  { "", 0, SHOAL_NAME_EMPTY, "_" },
  { ".", 0, SHOAL_NAME_DOTS, "_" },
  { "..", 0, SHOAL_NAME_DOTS, "._" },
  { TWO_FORTY "x", 0, SHOAL_NAME_TOO_LONG, TWO_FORTY },
  { "a/b", 0, SHOAL_NAME_SLASH, "a_b" },
  { "/", 0, SHOAL_NAME_SLASH, "_" },
  { "../x", 0, SHOAL_NAME_SLASH, ".._x" },
  { "a\\b", 0, SHOAL_NAME_SLASH, "a_b" },
  { "a\0b", 3, SHOAL_NAME_CONTROL, "a_b" },
  { "a\nb", 0, SHOAL_NAME_CONTROL, "a_b" },
  { "\x1b[31m", 0, SHOAL_NAME_CONTROL, "_[31m" },
  { "a\x7f", 0, SHOAL_NAME_CONTROL, "a_" },
  { "a\xc2\x85", 0, SHOAL_NAME_CONTROL, "a_" },
  { "\xff", 0, SHOAL_NAME_NOT_UTF8, "_" },
  { "caf\xe9", 0, SHOAL_NAME_NOT_UTF8, "caf_" },
  { "\xc0\xae\xc0\xae", 0, SHOAL_NAME_NOT_UTF8, "____" },      /* overlong “..” */
  { "\xed\xa0\x80", 0, SHOAL_NAME_NOT_UTF8, "___" },           /* a surrogate */
  { "\xf4\x90\x80\x80", 0, SHOAL_NAME_NOT_UTF8, "____" },      /* above U+10FFFF */
  { "a\xe2\x82", 3, SHOAL_NAME_NOT_UTF8, "a__" },              /* cut short */
  { "a\xe2\x80\xae" "b", 0, SHOAL_NAME_INVISIBLE, "ab" },      /* U+202E */
  { "a\xe2\x80\x8b", 0, SHOAL_NAME_INVISIBLE, "a" },           /* U+200B */
  { "\xd8\x9c", 0, SHOAL_NAME_INVISIBLE, "_" },                /* U+061C */
  { "\xef\xbb\xbfx", 0, SHOAL_NAME_INVISIBLE, "x" },           /* U+FEFF */
  { "\xe2\x81\xa0x", 0, SHOAL_NAME_INVISIBLE, "x" },           /* U+2060 */
  { "\xe2\x81\xa9x", 0, SHOAL_NAME_INVISIBLE, "x" },           /* U+2069 */
  { ".\xe2\x80\x8b.", 0, SHOAL_NAME_INVISIBLE, "._" },         /* “..” once repaired */
  /* Joiners where they join: Persian, Devanagari, Bengali, a family, a hair colour. */
  { "می‌خواهم", 0, SHOAL_NAME_OK, NULL },
  { "क्‍ष", 0, SHOAL_NAME_OK, NULL },
  { "क्‌ष", 0, SHOAL_NAME_OK, NULL },
  { "র‍্য", 0, SHOAL_NAME_OK, NULL },
  { "👨‍👩‍👧.jpg", 0, SHOAL_NAME_OK, NULL },
  { "👩🏽‍🦰", 0, SHOAL_NAME_OK, NULL },
  { "❤️‍🔥", 0, SHOAL_NAME_OK, NULL },
  /* And where they do not. */
  { "a‍b", 0, SHOAL_NAME_INVISIBLE, "ab" },
  { "a‌", 0, SHOAL_NAME_INVISIBLE, "a" },
  { "‌", 0, SHOAL_NAME_INVISIBLE, "_" },
  { "می‌", 0, SHOAL_NAME_INVISIBLE, "می" },
  { "می‌a", 0, SHOAL_NAME_INVISIBLE, "میa" },
  { "می‌‌خ", 0, SHOAL_NAME_INVISIBLE, "میخ" },
  { "क‍", 0, SHOAL_NAME_INVISIBLE, "क" },
  { "👨‍x", 0, SHOAL_NAME_INVISIBLE, "👨x" },
  { "👨‌👩", 0, SHOAL_NAME_INVISIBLE, "👨👩" },
  { "क\x80्‍", 0, SHOAL_NAME_NOT_UTF8, "क_्" },
  { "a" SHOAL_PART_SUFFIX, 0, SHOAL_NAME_RESERVED, "a.shoal.par_" },
  { "a.SHOAL.Part", 0, SHOAL_NAME_RESERVED, "a.SHOAL.Par_" },
};

static size_t
size_of (const Case *c)
{
  return c->size > 0 ? (size_t) c->size : strlen (c->name);
}

static void
test_check (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      /* Without a NUL behind it: valgrind and sanitizers see a read too many. */
      size_t size = size_of (&CASES[i]);
      g_autofree char *exact = g_memdup2 (CASES[i].name, size);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (shoal_name_check (exact != NULL ? exact : "", (gssize) size), ==,
                       CASES[i].fault);
    }
  g_assert_cmpint (shoal_name_check ("a", -1), ==, SHOAL_NAME_OK);
}

static void
test_repair (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      size_t size = size_of (&CASES[i]);
      g_autofree char *exact = g_memdup2 (CASES[i].name, size);
      g_autofree char *repaired = shoal_name_repair (exact != NULL ? exact : "", (gssize) size);
      g_autofree char *again = shoal_name_repair (repaired, -1);

      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpstr (repaired, ==, CASES[i].repaired != NULL ? CASES[i].repaired : CASES[i].name);
      g_assert_cmpint (shoal_name_check (repaired, -1), ==, SHOAL_NAME_OK);
      g_assert_cmpstr (again, ==, repaired);
    }
}

static void
test_long_names (void)
{
  const struct
  {
    const char *name, *end; /* what it ends in once cut */
  } cases[] = {
    { TWO_FORTY ".jpeg", "34.jpeg" },
    { TWO_FORTY ".0123456789", "8.0123456789" },
    { TWO_FORTY ".0123456789a", "789" },
    { TWO_FORTY "." TWO_FORTY, "789" },
    { TWO_FORTY "." TWO_FORTY ".c", "7.c" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *repaired = shoal_name_repair (cases[i].name, -1);
      g_autofree char *numbered = shoal_name_add_number (repaired, 123);

      g_assert_cmpuint (strlen (repaired), ==, 240);
      g_assert_cmpuint (strlen (numbered), ==, 240);
      g_assert_nonnull (strstr (numbered, " (123)"));
      if (!g_str_has_suffix (repaired, cases[i].end))
        g_error ("%s does not end in %s", repaired, cases[i].end);
    }

  {
    /* Never through a character. */
    g_autofree char *name = g_strconcat (&TWO_FORTY[2], "é.txt", NULL);
    g_autofree char *repaired = NULL;

    memmove (name + 235, name + 238, strlen (name + 238) + 1);
    g_assert_cmpuint (strlen (name), ==, 241);
    repaired = shoal_name_repair (name, -1);
    g_assert_cmpuint (strlen (repaired), ==, 239);
    g_assert_true (g_utf8_validate (repaired, -1, NULL));
  }
}

static void
test_numbers (void)
{
  const struct
  {
    const char *name, *numbered;
  } cases[] = {
    { "a.txt", "a (2).txt" }, { "a", "a (2)" },         { ".profile", ".profile (2)" },
    { "a.", "a (2)." },       { "a.b.c", "a.b (2).c" },
    { "a.a long ending", "a.a long ending (2)" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *numbered = shoal_name_add_number (cases[i].name, 2);

      g_assert_cmpstr (numbered, ==, cases[i].numbered);
    }
}

static void
test_paths (void)
{
  const struct
  {
    const char    *path;
    ShoalNameFault fault;
  } cases[] = {
    { "a", SHOAL_NAME_OK },           { "a/b/c.txt", SHOAL_NAME_OK },
    { "", SHOAL_NAME_EMPTY },         { "/a", SHOAL_NAME_EMPTY },
    { "a/", SHOAL_NAME_EMPTY },       { "a//b", SHOAL_NAME_EMPTY },
    { "a/../b", SHOAL_NAME_DOTS },    { "./a", SHOAL_NAME_DOTS },
    { "a/b\\c", SHOAL_NAME_SLASH },   { "a/\x01/c", SHOAL_NAME_CONTROL },
    { "a/x" SHOAL_PART_SUFFIX "/c", SHOAL_NAME_RESERVED },
  };
  g_autoptr (GString) deep = g_string_new ("a");
  g_autoptr (GString) wide = g_string_new (NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      size_t size = strlen (cases[i].path);
      g_autofree char *exact = g_memdup2 (cases[i].path, size);

      g_assert_cmpint (shoal_path_check (cases[i].path, -1), ==, cases[i].fault);
      g_assert_cmpint (shoal_path_check (exact != NULL ? exact : "", (gssize) size), ==,
                       cases[i].fault);
    }

  for (unsigned i = 1; i < SHOAL_MAX_PATH_DEPTH; i++)
    g_string_append (deep, "/a");
  g_assert_cmpint (shoal_path_check (deep->str, -1), ==, SHOAL_NAME_OK);
  g_string_append (deep, "/a");
  g_assert_cmpint (shoal_path_check (deep->str, -1), ==, SHOAL_NAME_PATH_DEPTH);

  for (unsigned i = 0; i < 4; i++)
    g_string_append_printf (wide, "%s%s", TWO_FORTY, "/");
  g_string_append (wide, FIFTY TEN);
  g_assert_cmpint (shoal_path_check (wide->str, -1), ==, SHOAL_NAME_OK);
  g_assert_cmpuint (wide->len, ==, SHOAL_MAX_PATH_BYTES);
  g_string_append (wide, "x");
  g_assert_cmpint (shoal_path_check (wide->str, -1), ==, SHOAL_NAME_PATH_LENGTH);
}

static void
test_escape (void)
{
  const struct
  {
    const char *name;
    gssize      size;
    size_t      max;
    const char *shown;
  } cases[] = {
    { "plain ä 東", -1, 0, "plain ä 東" },
    { "a\nb\tc", -1, 0, "a\\x0ab\\x09c" },
    { "\x1b[2J", -1, 0, "\\x1b[2J" },
    { "a\\b", -1, 0, "a\\\\b" },
    { "a\0b", 3, 0, "a\\x00b" },
    { "caf\xe9", -1, 0, "caf\\xe9" },
    { "\xe2\x80\xaetxt", -1, 0, "\\u{202E}txt" },
    { "\xc2\x85", -1, 0, "\\u{85}" },
    { "\xe2\x80\xa8", -1, 0, "\\u{2028}" },
    { "\xc2\xad", -1, 0, "\\u{AD}" },
    { "abcdef", -1, 3, "abc…" },
    { "abc", -1, 3, "abc" },
    { "äöü", -1, 2, "äö…" },
    { "", -1, 5, "" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *shown = shoal_name_escape (cases[i].name, cases[i].size, cases[i].max);

      g_assert_cmpstr (shown, ==, cases[i].shown);
    }
}

static void
test_windows (void)
{
  const struct
  {
    const char *name, *mapped;
  } cases[] = {
    { "a.txt", "a.txt" },       { "a:b", "a_b" },
    { "<>:\"|?*", "_______" },  { "a.", "a_" },
    { "a..", "a._" },           { "a ", "a_" },
    { ".a", ".a" },             { "...", ".._" },
    { "con", "con_" },          { "CON.txt", "CON_.txt" },
    { "con.tar.gz", "con_.tar.gz" }, { "con .txt", "con_ .txt" },
    { "prn", "prn_" },          { "aux", "aux_" },
    { "NUL", "NUL_" },          { "clock$", "clock$_" },
    { "com0", "com0_" },        { "COM9.x", "COM9_.x" },
    { "lpt1", "lpt1_" },        { "com10", "com10" },
    { "com", "com" },           { "comx", "comx" },
    { "console", "console" },   { "a.con", "a.con" },
    { "con.", "con__" },        { "nul:", "nul_" },
    { "日本", "日本" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *mapped = shoal_name_map_windows (cases[i].name);

      g_assert_cmpstr (mapped, ==, cases[i].mapped);
      g_assert_cmpint (shoal_name_fits_windows (cases[i].name), ==,
                       g_str_equal (cases[i].name, cases[i].mapped));
      g_assert_true (shoal_name_fits_windows (mapped));
    }
}

static void
test_clash_key (void)
{
  const struct
  {
    const char *a, *b;
    gboolean    equal;
  } cases[] = {
    { "a", "A", TRUE },
    { "a", "b", FALSE },
    { "\xc3\xa9", "e\xcc\x81", TRUE },  /* é, composed and not */
    { "\xc3\xa9", "E\xcc\x81", TRUE },
    { "Ä", "ä", TRUE },
    { "STRASSE", "straße", TRUE },
    { "Σ", "ς", TRUE },
    { "ǰ", "J\xcc\x8c", TRUE },
    { "é", "e", FALSE },
    { "\xe2\x84\xaa", "k", TRUE },      /* the Kelvin sign */
    { "a.txt", "a.TXT", TRUE },
    { "\u13bb", "\uab8b", TRUE },       /* Cherokee, capital and small */
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *a = shoal_name_clash_key (cases[i].a, -1);
      g_autofree char *b = shoal_name_clash_key (cases[i].b, (gssize) strlen (cases[i].b));

      if (g_str_equal (a, b) != cases[i].equal)
        g_error ("%s, %s → %s, %s", cases[i].a, cases[i].b, a, b);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/content/names/check", test_check);
  g_test_add_func ("/content/names/repair", test_repair);
  g_test_add_func ("/content/names/long", test_long_names);
  g_test_add_func ("/content/names/numbers", test_numbers);
  g_test_add_func ("/content/names/paths", test_paths);
  g_test_add_func ("/content/names/escape", test_escape);
  g_test_add_func ("/content/names/windows", test_windows);
  g_test_add_func ("/content/names/clash-key", test_clash_key);
  return g_test_run ();
}
