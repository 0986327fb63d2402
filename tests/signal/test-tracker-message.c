/* test-tracker-message.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-error.h"
#include "shoal-tracker-message.h"

/* As the reference server writes bytes: 0x00 to 0xFF in steps that include NUL,
 * a quote, a backslash, DEL and the upper half. */
#define FOREIGN_ID "\\u0000\\u0001\\\"\\\\\\n\x7F\xC2\x80\xC3\xBF" "abcdefghijkl"
#define ID_A "aaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbb"

static ShoalTrackerMessage *
read_text (const char *text, GError **error)
{
  return shoal_tracker_message_read (text, strlen (text), error);
}

/* Reads, writes, reads, writes: the two written texts are the same. */
static ShoalTrackerMessage *
read_twice (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalTrackerMessage) first = read_text (text, &error);
  g_autofree char *written = NULL, *again = NULL;
  ShoalTrackerMessage *second;

  g_assert_no_error (error);
  written = shoal_tracker_message_write (first);
  second = read_text (written, &error);
  g_assert_no_error (error);
  again = shoal_tracker_message_write (second);
  g_assert_cmpstr (written, ==, again);
  g_assert_cmpint (first->type, ==, second->type);
  return second;
}

static void
test_announce (void)
{
  g_autoptr (ShoalTrackerMessage) m = read_twice (
    "{\"action\":\"announce\",\"info_hash\":\"" FOREIGN_ID "\",\"peer_id\":\"" ID_A "\","
    "\"event\":\"started\",\"uploaded\":0,\"downloaded\":0,\"left\":null,\"numwant\":50,"
    "\"offers\":[{\"offer\":{\"type\":\"offer\",\"sdp\":\"v=0\\r\\n\"},\"offer_id\":\"" ID_B
    "\"}]}");
  static const uint8_t RIGHT[] = "\0\1\"\\\n\x7F\x80\xFF" "abcdefghijkl";
  const ShoalTrackerOffer *offer;

  g_assert_cmpint (m->type, ==, SHOAL_TRACKER_ANNOUNCE);
  g_assert_cmpmem (m->topic.bytes, SHOAL_TRACKER_ID_SIZE, RIGHT, sizeof RIGHT - 1);
  g_assert_cmpint (m->event, ==, SHOAL_TRACKER_EVENT_STARTED);
  g_assert_cmpint (m->left, ==, -1);
  g_assert_cmpuint (m->wanted, ==, SHOAL_TRACKER_MAX_OFFERS);
  g_assert_cmpuint (m->offers->len, ==, 1);
  offer = &g_array_index (m->offers, ShoalTrackerOffer, 0);
  g_assert_cmpstr (offer->sdp, ==, "v=0\r\n");
  g_assert_cmpmem (offer->id.bytes, SHOAL_TRACKER_ID_SIZE, ID_B, 20);
}

static void
test_relays (void)
{
  g_autoptr (ShoalTrackerMessage) offered = read_twice (
    "{\"action\":\"announce\",\"info_hash\":\"" ID_A "\",\"peer_id\":\"" ID_B "\","
    "\"offer\":{\"type\":\"offer\",\"sdp\":\"s\"},\"offer_id\":\"" FOREIGN_ID "\"}");
  g_autoptr (ShoalTrackerMessage) answer = read_twice (
    "{\"action\":\"announce\",\"info_hash\":\"" ID_A "\",\"peer_id\":\"" ID_B "\","
    "\"to_peer_id\":\"" ID_A "\",\"left\":12,"
    "\"answer\":{\"type\":\"answer\",\"sdp\":\"s\"},\"offer_id\":\"" ID_A "\"}");
  g_autoptr (ShoalTrackerMessage) answered = read_twice (
    "{\"action\":\"announce\",\"info_hash\":\"" ID_A "\",\"peer_id\":\"" ID_B "\","
    "\"answer\":{\"type\":\"answer\",\"sdp\":\"s\"},\"offer_id\":\"" ID_A "\"}");

  g_assert_cmpint (offered->type, ==, SHOAL_TRACKER_OFFERED);
  g_assert_cmpint (offered->offer_id.bytes[0], ==, 0);
  g_assert_cmpint (answer->type, ==, SHOAL_TRACKER_ANSWER);
  g_assert_cmpint (answer->left, ==, 12);
  g_assert_cmpmem (answer->to_peer.bytes, 20, ID_A, 20);
  g_assert_cmpint (answered->type, ==, SHOAL_TRACKER_ANSWERED);
  g_assert_cmpstr (answered->sdp, ==, "s");
}

static void
test_replies (void)
{
  g_autoptr (ShoalTrackerMessage) stats = read_twice (
    "{\"action\":\"announce\",\"interval\":120,\"info_hash\":\"" ID_A "\",\"complete\":1,"
    "\"incomplete\":2,\"warning message\":\"slow\\u0007down\"}");
  g_autoptr (ShoalTrackerMessage) failure
    = read_twice ("{\"failure reason\":\"invalid info_hash\"}");
  g_autoptr (ShoalTrackerMessage) all = read_twice ("{\"action\":\"scrape\"}");
  g_autoptr (ShoalTrackerMessage) some
    = read_twice ("{\"action\":\"scrape\",\"info_hash\":[\"" ID_A "\",\"" FOREIGN_ID "\"]}");
  g_autoptr (ShoalTrackerMessage) counts = read_twice (
    "{\"action\":\"scrape\",\"files\":{\"" FOREIGN_ID "\":{\"complete\":1,\"incomplete\":2,"
    "\"downloaded\":3},\"short\":{},\"" ID_A "\":7},\"flags\":{\"min_request_interval\":60}}");

  g_assert_cmpint (stats->type, ==, SHOAL_TRACKER_STATS);
  g_assert_cmpuint (stats->interval, ==, 120);
  g_assert_cmpuint (stats->incomplete, ==, 2);
  g_assert_cmpstr (stats->warning, ==, "slow down");
  g_assert_cmpint (failure->type, ==, SHOAL_TRACKER_FAILURE);
  g_assert_cmpstr (failure->failure, ==, "invalid info_hash");
  g_assert_false (failure->has_topic);
  g_assert_cmpuint (all->topics->len, ==, 0);
  g_assert_cmpuint (some->topics->len, ==, 2);
  g_assert_cmpint (counts->type, ==, SHOAL_TRACKER_SCRAPED);
  g_assert_cmpuint (counts->counts->len, ==, 1);
  g_assert_cmpuint (g_array_index (counts->counts, ShoalTrackerCount, 0).downloaded, ==, 3);
}

static void
test_refused (void)
{
  static const struct { const char *text, *says; } CASES[] = {
    { "[]", "invalid message" },
    { "7", "invalid message" },
    { "{}", "invalid action in WS request: none" },
    { "{\"action\":\"dance\"}", "invalid action in WS request: dance" },
    { "{\"action\":\"announce\"}", "invalid info_hash" },
    { "{\"action\":\"announce\",\"info_hash\":\"short\",\"peer_id\":\"" ID_A "\"}",
      "invalid info_hash" },
    { "{\"action\":\"announce\",\"info_hash\":\"aaaaaaaaaaaaaaaaaaa\xC4\x80\"}",
      "invalid info_hash" },
    { "{\"action\":\"announce\",\"info_hash\":\"" ID_A "a\"}", "invalid info_hash" },
    { "{\"action\":\"announce\",\"info_hash\":\"" ID_A "\",\"peer_id\":5}", "invalid peer_id" },
    { "{\"action\":\"announce\",\"info_hash\":\"" ID_A "\",\"peer_id\":\"" ID_A "\","
      "\"event\":\"sleep\"}", "invalid event" },
    { "{\"action\":\"announce\",\"info_hash\":\"" ID_A "\",\"peer_id\":\"" ID_A "\","
      "\"offers\":[7]}", "invalid offers" },
    { "{\"action\":\"announce\",\"info_hash\":\"" ID_A "\",\"peer_id\":\"" ID_A "\","
      "\"offers\":[{\"offer_id\":\"" ID_A "\"}]}", "invalid offer" },
    { "{\"action\":\"announce\",\"info_hash\":\"" ID_A "\",\"peer_id\":\"" ID_A "\","
      "\"offers\":[{\"offer\":{\"sdp\":\"s\"}}]}", "invalid offer_id" },
    { "{\"action\":\"announce\",\"info_hash\":\"" ID_A "\",\"peer_id\":\"" ID_A "\","
      "\"answer\":{\"sdp\":\"s\"},\"offer_id\":\"" ID_A "\",\"to_peer_id\":\"x\"}",
      "invalid to_peer_id" },
    { "{\"action\":\"announce\",\"info_hash\":\"" ID_A "\",\"peer_id\":\"" ID_A "\","
      "\"answer\":{},\"offer_id\":\"" ID_A "\"}", "invalid answer" },
    { "{\"action\":\"scrape\",\"info_hash\":[7]}", "invalid info_hash" },
    { "{\"action\":\"scrape\",\"info_hash\":7}", "invalid info_hash" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ShoalTrackerMessage) message = read_text (CASES[i].text, &error);

      g_test_message ("%u: %s", i, CASES[i].text);
      g_assert_null (message);
      g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
      g_assert_cmpstr (error->message, ==, CASES[i].says);
    }
}

static void
test_limits (void)
{
  g_autoptr (GString) text = g_string_new (
    "{\"action\":\"announce\",\"info_hash\":\"" ID_A "\",\"peer_id\":\"" ID_A "\",\"offers\":[");
  g_autofree char *long_sdp = g_strnfill (SHOAL_TRACKER_MAX_SDP + 1, 's');
  g_autofree char *too_long = NULL;
  g_autoptr (ShoalTrackerMessage) message = NULL;

  g_test_summary ("Offers beyond ten are left out; a description too long is refused");
  for (guint i = 0; i < 20; i++)
    g_string_append_printf (text, "%s{\"offer\":{\"sdp\":\"%u\"},\"offer_id\":\"" ID_A "\"}",
                            i > 0 ? "," : "", i);
  g_string_append (text, "]}");
  message = read_text (text->str, NULL);
  g_assert_cmpuint (message->offers->len, ==, SHOAL_TRACKER_MAX_OFFERS);

  too_long = g_strdup_printf (
    "{\"action\":\"announce\",\"info_hash\":\"" ID_A "\",\"peer_id\":\"" ID_A "\","
    "\"offer\":{\"sdp\":\"%s\"},\"offer_id\":\"" ID_A "\"}", long_sdp);
  g_assert_null (read_text (too_long, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signal/tracker-message/announce", test_announce);
  g_test_add_func ("/signal/tracker-message/relays", test_relays);
  g_test_add_func ("/signal/tracker-message/replies", test_replies);
  g_test_add_func ("/signal/tracker-message/refused", test_refused);
  g_test_add_func ("/signal/tracker-message/limits", test_limits);
  return g_test_run ();
}
