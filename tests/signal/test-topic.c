/* test-topic.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-topic.h"

static const uint8_t SECRET[] = "thirty-two bytes that are secret";

#define HOUR (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static void
test_names (void)
{
  ShoalTopic share, again, invite, monday, tuesday;

  g_test_summary ("Printable, stable, and other for other kinds and days");
  shoal_topic_init (&share, SHOAL_TOPIC_SHARE, SECRET, 0);
  shoal_topic_init (&again, SHOAL_TOPIC_SHARE, SECRET, 0);
  shoal_topic_init (&invite, SHOAL_TOPIC_INVITE, SECRET, 0);
  shoal_topic_init (&monday, SHOAL_TOPIC_FRIENDS, SECRET, 20000);
  shoal_topic_init (&tuesday, SHOAL_TOPIC_FRIENDS, SECRET, 20001);

  g_assert_cmpuint (strlen (share.name), ==, SHOAL_TOPIC_LENGTH);
  for (const char *c = share.name; *c != '\0'; c++)
    g_assert_true (g_ascii_isalnum (*c) || *c == '-' || *c == '_');
  g_assert_cmpmem (&share, sizeof share, &again, sizeof again);
  g_assert_cmpstr (share.name, !=, invite.name);
  g_assert_cmpint (memcmp (share.key, invite.key, sizeof share.key), !=, 0);
  g_assert_cmpstr (monday.name, !=, tuesday.name);
  g_assert_cmpint (memcmp (monday.key, tuesday.key, sizeof monday.key), !=, 0);
}

static void
test_vector (void)
{
  ShoalTopic topic;
  g_autofree char *key = NULL;
  ShoalHash hash;

  g_test_summary ("As computed by other means (Python's hmac; see docs/protocol.md)");
  shoal_topic_init (&topic, SHOAL_TOPIC_FRIENDS, SECRET, 20000);
  memcpy (hash.bytes, topic.key, sizeof hash);
  key = shoal_hash_to_hex (&hash);
  g_assert_cmpstr (topic.name, ==, "sPdnHb2Gaec4VqDlAC8U");
  g_assert_cmpstr (key, ==, "2fb223ba457f1062976561a2c091df535b405593f443acaabecc06882fccec15");
}

static void
test_days (void)
{
  static const struct { gint64 time; uint64_t today, neighbour; } CASES[] = {
    { 0, 0, 0 },
    { -5, 0, 0 },
    { 12 * HOUR, 0, 0 },
    { 23 * HOUR, 0, 1 },
    { 24 * HOUR, 1, 0 },
    { 25 * HOUR, 1, 0 },
    { 26 * HOUR, 1, 1 },
    { 45 * HOUR, 1, 1 },
    { 46 * HOUR, 1, 2 },
  };

  g_test_summary ("Near midnight, two devices meet under one of two days");
  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      uint64_t today, neighbour;

      shoal_topic_days (CASES[i].time, &today, &neighbour);
      g_assert_cmpuint (today, ==, CASES[i].today);
      g_assert_cmpuint (neighbour, ==, CASES[i].neighbour);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signal/topic/names", test_names);
  g_test_add_func ("/signal/topic/vector", test_vector);
  g_test_add_func ("/signal/topic/days", test_days);
  return g_test_run ();
}
