/* test-bencode.c: what is canonical bencoding, and what comes out of it.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-bencode.h"
#include "shoal-limits.h"

/* In a block of exactly its size: a read past the end is seen. */
static ShoalBencode *
parse (const char *text, size_t size, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, size);

  return shoal_bencode_parse (bytes, error);
}

static void
test_accepts (void)
{
  static const char *const CASES[] = {
    "i0e", "i1e", "i-1e", "i9223372036854775807e", "i-9223372036854775808e", "0:", "1:a", "3:i1e",
    "10:0123456789", "le", "de", "li1ei2ee", "lleldeee", "d0:0:e", "d1:ai1e1:bi2ee",
    "d0:i1e1:ai2ee",
    "d1:ai1e2:aai2e1:bi3ee", "d2:aa0:1:b0:e", "l0:0:0:e", "d1:ad1:bd1:cleeee",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ShoalBencode) document = parse (CASES[i], strlen (CASES[i]), &error);
      ShoalSpan raw;

      g_assert_no_error (error);
      g_assert_true (shoal_bencode_get_raw (shoal_bencode_get_root (document), &raw));
      g_assert_cmpmem (raw.data, raw.size, CASES[i], strlen (CASES[i]));
    }
}

static void
test_refuses (void)
{
  static const char *const CASES[] = {
    "", "i", "ie", "i-e", "i-0e", "i00e", "i01e", "i-01e", "i1", "i 1e", "i+1e", "i1.0e", "i0x1e",
    "i9223372036854775808e", "i-9223372036854775809e", "i99999999999999999999e", "i1ee", "i1ei2e",
    "1", "1:", "2:a", "01:a", "00:", "-1:a", "1 :a", "4294967296:a", "18446744073709551617:a", "a",
    ":", "e", "l", "li1e", "lee", "d", "d1:a", "d1:ae", "d1:ai1e", "di1ei2ee", "dlei1ee", "ddee",
    "d1:bi1e1:ai2ee", "d1:ai1e1:ai2ee", "d2:aai1e1:ai2ee", "d1:ai1e0:i2ee", "d01:ai1ee",
    "d1:ai01ee",
    "0:0:", "le ", "\n", "i1e\n", "d1:a1:be1:c",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", CASES[i]);
      g_assert_null (parse (CASES[i], strlen (CASES[i]), &error));
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
    }
}

/* Every prefix of something good is bad. */
static void
test_prefixes (void)
{
  const char *text = "d4:infod4:name3:abc5:piecei65536ee4:listli1e0:l3:xyzeee";

  for (size_t size = 0; size < strlen (text); size++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (text, size, &error));
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
    }
}

static void
test_depth (void)
{
  for (unsigned depth = SHOAL_MAX_BENCODE_DEPTH; depth <= SHOAL_MAX_BENCODE_DEPTH + 1; depth++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (ShoalBencode) document = NULL;

      for (unsigned i = 0; i < depth; i++)
        g_string_append_c (text, 'l');
      for (unsigned i = 0; i < depth; i++)
        g_string_append_c (text, 'e');
      document = parse (text->str, text->len, &error);
      if (depth == SHOAL_MAX_BENCODE_DEPTH)
        g_assert_no_error (error);
      else
        g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
    }
}

static void
test_tokens (void)
{
  /* The list and its end are two of them. */
  for (guint n = SHOAL_MAX_BENCODE_TOKENS - 2; n <= SHOAL_MAX_BENCODE_TOKENS - 1; n++)
    {
      g_autoptr (GString) text = g_string_new ("l");
      g_autoptr (GError) error = NULL;
      g_autoptr (ShoalBencode) document = NULL;

      for (guint i = 0; i < n; i++)
        g_string_append (text, "0:");
      g_string_append_c (text, 'e');
      document = parse (text->str, text->len, &error);
      if (n == SHOAL_MAX_BENCODE_TOKENS - 2)
        g_assert_no_error (error);
      else
        g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
    }
}

static void
test_reading (void)
{
  const char *text = "d1:ai-5e1:bl1:x0:e1:cd1:zi7ee1:d3:a\0be";
  g_autoptr (ShoalBencode) document = parse (text, 38, NULL);
  ShoalBencodeNode root = shoal_bencode_get_root (document);
  ShoalBencodeNode node, none = { NULL, 0 };
  g_autoptr (GBytes) raw = NULL;
  ShoalBencodeIter iter;
  ShoalSpan span, key;
  int64_t number;

  g_assert_true (shoal_bencode_get_integer (shoal_bencode_lookup (root, "a"), &number));
  g_assert_cmpint (number, ==, -5);
  g_assert_true (shoal_bencode_get_string (shoal_bencode_lookup (root, "d"), &span));
  g_assert_cmpmem (span.data, span.size, "a\0b", 3);
  raw = shoal_bencode_dup_raw (shoal_bencode_lookup (root, "c"));
  g_assert_cmpmem (g_bytes_get_data (raw, NULL), g_bytes_get_size (raw), "d1:zi7ee", 8);

  shoal_bencode_iter_init (&iter, shoal_bencode_lookup (root, "b"));
  g_assert_true (shoal_bencode_iter_next (&iter, &key, &node));
  g_assert_cmpuint (key.size, ==, 0);
  g_assert_true (shoal_bencode_get_string (node, &span));
  g_assert_true (shoal_span_equals (span, "x"));
  g_assert_true (shoal_bencode_iter_next (&iter, NULL, &node));
  g_assert_true (shoal_bencode_get_string (node, &span));
  g_assert_cmpuint (span.size, ==, 0);
  g_assert_false (shoal_bencode_iter_next (&iter, &key, &node));

  /* A number whose key is the last of an inner dictionary is not ours. */
  node = shoal_bencode_lookup (root, "z");
  g_assert_cmpint (shoal_bencode_get_type (node), ==, SHOAL_BENCODE_NONE);

  /* Wrong types, and none at all. */
  g_assert_false (shoal_bencode_get_string (shoal_bencode_lookup (root, "a"), &span));
  g_assert_false (shoal_bencode_get_integer (shoal_bencode_lookup (root, "d"), &number));
  g_assert_false (shoal_bencode_get_integer (root, &number));
  g_assert_false (shoal_bencode_get_integer (none, &number));
  g_assert_false (shoal_bencode_get_string (none, &span));
  g_assert_false (shoal_bencode_get_raw (none, &span));
  g_assert_null (shoal_bencode_dup_raw (none));
  node = shoal_bencode_lookup (none, "a");
  g_assert_cmpint (shoal_bencode_get_type (node), ==, SHOAL_BENCODE_NONE);
  shoal_bencode_iter_init (&iter, none);
  g_assert_false (shoal_bencode_iter_next (&iter, &key, &node));
  shoal_bencode_iter_init (&iter, shoal_bencode_lookup (root, "a"));
  g_assert_false (shoal_bencode_iter_next (&iter, &key, &node));
}

static void
test_writing (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  const char *want = "d1:ali0ei-9223372036854775808ei9223372036854775807ee1:b0:1:c12:hello, worlde";

  shoal_bencode_begin_dict (out);
  shoal_bencode_add_string (out, "a");
  shoal_bencode_begin_list (out);
  shoal_bencode_add_integer (out, 0);
  shoal_bencode_add_integer (out, G_MININT64);
  shoal_bencode_add_integer (out, G_MAXINT64);
  shoal_bencode_end (out);
  shoal_bencode_add_string (out, "b");
  shoal_bencode_add_bytes (out, NULL, 0);
  shoal_bencode_add_string (out, "c");
  shoal_bencode_add_string (out, "hello, world");
  shoal_bencode_end (out);
  g_assert_cmpmem (out->data, out->len, want, strlen (want));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/content/bencode/accepts", test_accepts);
  g_test_add_func ("/content/bencode/refuses", test_refuses);
  g_test_add_func ("/content/bencode/prefixes", test_prefixes);
  g_test_add_func ("/content/bencode/depth", test_depth);
  g_test_add_func ("/content/bencode/tokens", test_tokens);
  g_test_add_func ("/content/bencode/reading", test_reading);
  g_test_add_func ("/content/bencode/writing", test_writing);
  return g_test_run ();
}
