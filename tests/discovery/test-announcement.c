/* test-announcement.c: the TXT record, there and back, and what others may put into one.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-announcement.h"
#include "shoal-error.h"
#include "shoal-mdns.h"
#include "shoal-txt.h"

/* The wire form of strings that are separated by line feeds. */
static GBytes *
txt (const char *lines)
{
  g_auto (GStrv) words = g_strsplit (lines, "\n", -1);
  g_autoptr (GPtrArray) strings = shoal_txt_strings_new ();

  for (guint i = 0; words[i] != NULL; i++)
    shoal_txt_strings_add (strings, words[i], strlen (words[i]));
  return shoal_txt_join (strings);
}

static void
test_everyone (void)
{
  ShoalAnnouncement said = { .version = 1, .id = "P56IOI7MZJ", .name = (char *) "Ännas Rechner" };
  g_auto (ShoalAnnouncement) heard = { 0 };
  g_autoptr (GBytes) record = shoal_announcement_format (&said);
  g_autoptr (GBytes) expected = txt ("id=P56IOI7MZJ\nn=Ännas Rechner\ntxtvers=1\nv=1");
  g_autoptr (GError) error = NULL;

  g_assert_true (g_bytes_equal (record, expected));
  g_assert_true (shoal_announcement_parse (record, &heard, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (heard.version, ==, 1);
  g_assert_cmpstr (heard.id, ==, said.id);
  g_assert_cmpstr (heard.name, ==, said.name);
  g_assert_cmpuint (heard.n_tags, ==, 0);
}

static void
test_friends (void)
{
  const guint counts[] = { 0, 1, 8, 31, 32, 62, 93, SHOAL_ANNOUNCEMENT_MAX_TAGS };

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      ShoalAnnouncement said = { .version = 65535, .n_tags = counts[i] };
      g_auto (ShoalAnnouncement) heard = { 0 };
      g_autoptr (GBytes) record = NULL;
      ShoalAnnouncementTag other = { { 255, 255, 255, 255, 255, 255 } };

      for (guint j = 0; j < sizeof said.nonce; j++)
        said.nonce[j] = (uint8_t) (j * 37 + i);
      for (guint j = 0; j < said.n_tags; j++)
        for (guint k = 0; k < SHOAL_ANNOUNCEMENT_TAG_SIZE; k++)
          said.tags[j].bytes[k] = (uint8_t) (j * 6 + k);

      record = shoal_announcement_format (&said);
      g_assert_cmpuint (g_bytes_get_size (record), <=, counts[i] <= 32 ? 400 : 1300);
      g_assert_true (shoal_announcement_parse (record, &heard, NULL));
      g_assert_cmpuint (heard.version, ==, 65535);
      g_assert_cmpstr (heard.id, ==, "");
      g_assert_null (heard.name);
      g_assert_cmpmem (heard.nonce, sizeof heard.nonce, said.nonce, sizeof said.nonce);
      g_assert_cmpuint (heard.n_tags, ==, said.n_tags);
      for (guint j = 0; j < said.n_tags; j++)
        g_assert_true (shoal_announcement_has_tag (&heard, &said.tags[j]));
      g_assert_false (shoal_announcement_has_tag (&heard, &other));
    }
}

/* What to friends alone is said says nothing to others. */
static void
test_friends_say_nothing (void)
{
  ShoalAnnouncement said = { .version = 1, .name = (char *) "Anna", .n_tags = 1 };
  g_autoptr (GBytes) record = shoal_announcement_format (&said);
  g_autoptr (GPtrArray) strings = shoal_txt_split (record);

  g_assert_cmpuint (strings->len, ==, 4);
  for (guint i = 0; i < strings->len; i++)
    {
      const char *text = g_bytes_get_data (g_ptr_array_index (strings, i), NULL);

      g_assert_true (strncmp (text, "id=", 3) != 0 && strncmp (text, "n=", 2) != 0);
    }
}

static void
test_parse (void)
{
  static const struct
  {
    const char *lines;
    int         code; /* -1: accepted */
    const char *name;
  } cases[] = {
    { "txtvers=1\nv=1\nid=ABCDEFGHIJ\nn=Anna", -1, "Anna" },
    { "v=1\nid=ABCDEFGHIJ", -1, NULL },                       /* txtvers may be left out */
    { "TXTVERS=1\nV=1\nID=abcdefghij\nN=Anna", -1, "Anna" },  /* keys have no case */
    { "v=1\nid=ABCDEFGHIJ\nfuture=x\nflag\n=odd", -1, NULL }, /* what is not for us */
    { "v=1\nid=ABCDEFGHIJ\nn=", SHOAL_ERROR_INVALID, NULL },
    { "v=1\nid=ABCDEFGHIJ\nn=a\tb", SHOAL_ERROR_INVALID, NULL },
    { "v=1\nid=ABCDEFGHIJ\nn=\xc3\x28", SHOAL_ERROR_INVALID, NULL },
    { "v=1\nid=ABCDEFGHI", SHOAL_ERROR_INVALID, NULL },
    { "v=1\nid=ABCDEFGHIJK", SHOAL_ERROR_INVALID, NULL },
    { "v=1\nid=ABCDEFGH-J", SHOAL_ERROR_INVALID, NULL },
    { "v=1\nid=", SHOAL_ERROR_INVALID, NULL },
    { "id=ABCDEFGHIJ", SHOAL_ERROR_INVALID, NULL },
    { "v=0\nid=ABCDEFGHIJ", SHOAL_ERROR_INVALID, NULL },
    { "v=65536\nid=ABCDEFGHIJ", SHOAL_ERROR_INVALID, NULL },
    { "v=-1\nid=ABCDEFGHIJ", SHOAL_ERROR_INVALID, NULL },
    { "v=+1\nid=ABCDEFGHIJ", SHOAL_ERROR_INVALID, NULL },
    { "v=1x\nid=ABCDEFGHIJ", SHOAL_ERROR_INVALID, NULL },
    { "txtvers=2\nwhatever=1", SHOAL_ERROR_VERSION, NULL },
    { "txtvers=\nv=1\nid=ABCDEFGHIJ", SHOAL_ERROR_VERSION, NULL },
    { "", SHOAL_ERROR_INVALID, NULL },
    { "v=1", SHOAL_ERROR_INVALID, NULL },
    { "v=1\nr=AAAAAAAAAAAAAAAA", -1, NULL },
    { "v=1\nr=AAAAAAAAAAAAAAAA\nt0=BBBBBBBB", -1, NULL },
    { "v=1\nr=AAAAAAAAAAAAAAAA\nt1=BBBBBBBB", -1, NULL }, /* t0 is missing: none */
    { "v=1\nr=AAAAAAAAAAAA", SHOAL_ERROR_INVALID, NULL },
    { "v=1\nr=AAAAAAAAAAAAAAAAAAAA", SHOAL_ERROR_INVALID, NULL },
    { "v=1\nr=AAAAAAAAAAAAAAA=", SHOAL_ERROR_INVALID, NULL },
    { "v=1\nr=AAAA AAAAAAAAAAA", SHOAL_ERROR_INVALID, NULL },
    { "v=1\nr=AAAAAAAAAAAAAAAA\nt0=BBBB", SHOAL_ERROR_INVALID, NULL },
    { "v=1\nr=AAAAAAAAAAAAAAAA\nt0=", SHOAL_ERROR_INVALID, NULL },
    { "v=1\nr=AAAAAAAAAAAAAAAA\nt0=BBBBBBB*", SHOAL_ERROR_INVALID, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) record = txt (cases[i].lines);
      g_auto (ShoalAnnouncement) heard = { 0 };
      g_autoptr (GError) error = NULL;
      gboolean good = shoal_announcement_parse (record, &heard, &error);
      g_autofree char *shown = g_strescape (cases[i].lines, NULL);

      g_test_message ("%s", shown);
      g_assert_true (good == (cases[i].code == -1));
      if (!good)
        {
          g_assert_error (error, SHOAL_ERROR, cases[i].code);
          g_assert_cmpuint (heard.version, ==, 0);
        }
      g_assert_cmpstr (heard.name, ==, cases[i].name);
    }
}

/* The first of equal keys counts; lengths that lie are noticed. */
static void
test_wire (void)
{
  static const struct
  {
    const char *bytes;
    size_t      size;
    int         strings; /* -1: malformed */
  } cases[] = {
    { "", 0, 0 },
    { "\0", 1, 0 },
    { "\3a=b", 4, 1 },
    { "\3a=b\0\1c", 7, 2 },
    { "\4a=b", 4, -1 },
    { "\377", 1, -1 },
    { "\3a=b\3a=", 7, -1 },
  };
  g_autoptr (GBytes) twice = g_bytes_new_static ("\3v=7\3v=8\15id=ABCDEFGHIJ", 22);
  g_auto (ShoalAnnouncement) heard = { 0 };
  g_autofree char *large = g_malloc0 (SHOAL_TXT_MAX_SIZE + 1);
  g_autoptr (GBytes) too_large = g_bytes_new_static (large, SHOAL_TXT_MAX_SIZE + 1);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      /* Without a NUL behind it, so that reading on is noticed. */
      g_autofree char *copy = g_memdup2 (cases[i].bytes, cases[i].size);
      g_autoptr (GBytes) record = g_bytes_new_static (copy, cases[i].size);
      g_autoptr (GPtrArray) strings = shoal_txt_split (record);

      g_assert_cmpint (strings == NULL ? -1 : (int) strings->len, ==, cases[i].strings);
      g_assert_false (shoal_announcement_parse (record, &heard, NULL));
    }
  g_assert_null (shoal_txt_split (too_large));
  g_assert_true (shoal_announcement_parse (twice, &heard, NULL));
  g_assert_cmpuint (heard.version, ==, 7);
}

static void
test_names (void)
{
  static const struct
  {
    const char *name, *instance;
  } cases[] = {
    { "Anna", "Anna" },
    { "", "Shoal" },
    { " \n\t ", "Shoal" },
    { "a\nb", "a b" },
    { "a.b\\c", "a.b\\c" },
    { "bad \xff byte", "bad \xef\xbf\xbd byte" },
    /* 59 bytes, and not half an “ä”. */
    { "xääääääääääääääääääääääääääääää", "xäääääääääääääääääääääääääääää" },
    { "xxäääääääääääääääääääääääääääääää", "xxääääääääääääääääääääääääääää" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *instance = shoal_announcement_instance_name (cases[i].name);

      g_assert_cmpstr (instance, ==, cases[i].instance);
      g_assert_cmpuint (strlen (instance), <=, SHOAL_ANNOUNCEMENT_MAX_INSTANCE);
    }
}

static void
test_long_name (void)
{
  g_autofree char *name = g_strnfill (1000, 'x');
  ShoalAnnouncement said = { .version = 1, .id = "ABCDEFGHIJ", .name = name };
  g_auto (ShoalAnnouncement) heard = { 0 };
  g_autoptr (GBytes) record = shoal_announcement_format (&said);

  g_assert_cmpuint (g_bytes_get_size (record), <=, 400);
  g_assert_true (shoal_announcement_parse (record, &heard, NULL));
  g_assert_cmpuint (strlen (heard.name), ==, 240);
}

/* RFC 6335 §5.1; Avahi does not look. */
static void
test_service_type (void)
{
  const char *type = SHOAL_MDNS_SERVICE_TYPE;
  const char *dot = strchr (type, '.');

  g_assert_cmpint (type[0], ==, '_');
  g_assert_cmpint (dot - type - 1, <=, 15);
  g_assert_cmpstr (dot, ==, "._tcp");
  for (const char *p = type + 1; p < dot; p++)
    g_assert_true (g_ascii_islower (*p));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/discovery/announcement/everyone", test_everyone);
  g_test_add_func ("/discovery/announcement/friends", test_friends);
  g_test_add_func ("/discovery/announcement/friends-say-nothing", test_friends_say_nothing);
  g_test_add_func ("/discovery/announcement/parse", test_parse);
  g_test_add_func ("/discovery/announcement/wire", test_wire);
  g_test_add_func ("/discovery/announcement/names", test_names);
  g_test_add_func ("/discovery/announcement/long-name", test_long_name);
  g_test_add_func ("/discovery/service-type", test_service_type);
  return g_test_run ();
}
