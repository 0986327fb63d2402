/* test-json.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-error.h"
#include "shoal-json.h"

static void
test_refused (void)
{
  static const struct { const char *text; int size; } CASES[] = {
    { "", -1 },
    { "{", -1 },
    { "{\"a\"", -1 },
    { "{\"a\":}", -1 },
    { "{\"a\":\"\\", -1 },
    { "{\"a\":\"\\333\"}", -1 },
    { "{\"a\":\"\\x41\"}", -1 },
    { "{\"a\":\"\\u12", -1 },
    { "{\"a\":\"\\u12g4\"}", -1 },
    { "{\"a\":\"\\ud800\"}", -1 },
    { "{\"a\":\"\\ud800x\"}", -1 },
    { "{\"a\":\"\\ud800\\u0041\"}", -1 },
    { "{\"a\":\"\\udc00\\ud800\"}", -1 },
    { "{\"a\":\"\\ue000\"}", -1 },
    { "{\"a\":\"\xEE\x80\x80\"}", -1 },
    { "{\"a\":\"\xFF\"}", -1 },
    { "{\"a\":\"x\0y\"}", 11 },
    { "/* hello */ {}", -1 },
    { "{} // hello", -1 },
    { "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", -1 },
    { "{\"a\":1} {\"b\":2}", -1 },
  };

  g_test_summary ("What is not plain JSON is refused in words, and crashes nothing");
  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autoptr (GError) error = NULL;
      size_t size = CASES[i].size < 0 ? strlen (CASES[i].text) : (size_t) CASES[i].size;
      g_autoptr (JsonNode) node = shoal_json_read (CASES[i].text, size, 1000, &error);
      g_autofree char *shown = g_strescape (CASES[i].text, NULL);

      g_test_message ("%u: %s", i, shown);
      g_assert_null (node);
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
    }
}

static void
test_nul (void)
{
  static const char TEXT[] = "{\"a\\u0000b\":\"c\\u0000\\\\u0000\\ud83d\\ude00\",\"n\":1.5}";
  g_autoptr (JsonNode) node = shoal_json_read (TEXT, strlen (TEXT), 1000, NULL);
  g_autofree char *written = NULL;
  g_autoptr (JsonNode) again = NULL;

  g_test_summary ("U+0000 in names and strings stays, there and back");
  g_assert_nonnull (node);
  written = shoal_json_write (node);
  g_assert_cmpstr (written, ==,
                   "{\"a\\u0000b\":\"c\\u0000\\\\u0000\xF0\x9F\x98\x80\",\"n\":1.5}");
  again = shoal_json_read (written, strlen (written), 1000, NULL);
  g_assert_true (json_node_equal (node, again));
}

static void
test_limit (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *deep = g_strnfill (60000, '[');

  g_test_summary ("Too long is LIMIT; sixty thousand levels are only INVALID");
  g_assert_null (shoal_json_read ("[1]", 3, 2, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
  g_assert_null (shoal_json_read (deep, 60000, 65536, NULL));
}

static void
test_members (void)
{
  static const char TEXT[]
    = "{\"i\":7,\"d\":3.9,\"neg\":-1,\"big\":1e300,\"huge\":9223372036854775807,"
    "\"s\":\"x\",\"o\":{},\"a\":[],\"null\":null,\"b\":true}";
  g_autoptr (JsonNode) node = shoal_json_read (TEXT, strlen (TEXT), 1000, NULL);
  JsonObject *object = json_node_get_object (node);

  g_test_summary ("A member of another type counts as missing");
  g_assert_cmpint (shoal_json_get_number (object, "i", -1), ==, 7);
  g_assert_cmpint (shoal_json_get_number (object, "d", -1), ==, 3);
  g_assert_cmpint (shoal_json_get_number (object, "neg", 5), ==, 5);
  g_assert_cmpint (shoal_json_get_number (object, "big", 5), ==, 5);
  g_assert_cmpint (shoal_json_get_number (object, "huge", 5), ==, 5);
  g_assert_cmpint (shoal_json_get_number (object, "s", 5), ==, 5);
  g_assert_cmpint (shoal_json_get_number (object, "null", 5), ==, 5);
  g_assert_cmpint (shoal_json_get_number (object, "b", 5), ==, 5);
  g_assert_cmpint (shoal_json_get_number (object, "none", 5), ==, 5);
  g_assert_cmpstr (shoal_json_get_string (object, "s"), ==, "x");
  g_assert_null (shoal_json_get_string (object, "i"));
  g_assert_null (shoal_json_get_string (object, "o"));
  g_assert_null (shoal_json_get_string (object, "null"));
  g_assert_nonnull (shoal_json_get_object (object, "o"));
  g_assert_null (shoal_json_get_object (object, "a"));
  g_assert_nonnull (shoal_json_get_array (object, "a"));
  g_assert_null (shoal_json_get_array (object, "s"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signal/json/refused", test_refused);
  g_test_add_func ("/signal/json/nul", test_nul);
  g_test_add_func ("/signal/json/limit", test_limit);
  g_test_add_func ("/signal/json/members", test_members);
  return g_test_run ();
}
