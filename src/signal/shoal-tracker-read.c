/* shoal-tracker-read.c: from JSON to a message.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-signal"

#include "config.h"

#include "shoal-tracker-message.h"

#include "shoal-error.h"
#include "shoal-json.h"

#include <string.h>

/* Longer words of a tracker are cut: they end on a screen or in a log. */
#define MAX_WORDS 500

static gboolean
refuse (GError **error, const char *what)
{
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL, "invalid %s", what);
}

/* 20 code points below U+0100, and the stand-in for U+0000. */
static gboolean
id_from_string (const char *text, ShoalTrackerId *id)
{
  guint n = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);

      if (c == SHOAL_JSON_NUL)
        c = 0;
      if (c > 0xFF || n == SHOAL_TRACKER_ID_SIZE)
        return FALSE;
      id->bytes[n++] = (uint8_t) c;
    }
  return n == SHOAL_TRACKER_ID_SIZE;
}

static gboolean
read_id (JsonObject *object, const char *name, ShoalTrackerId *id, GError **error)
{
  const char *text = shoal_json_get_string (object, name);

  return (text != NULL && id_from_string (text, id)) || refuse (error, name);
}

/* The "sdp" inside {"type": …, "sdp": …}. */
static char *
read_sdp (JsonObject *object, const char *name, GError **error)
{
  JsonObject *inner = shoal_json_get_object (object, name);
  const char *sdp = inner != NULL ? shoal_json_get_string (inner, "sdp") : NULL;

  if (sdp == NULL || strlen (sdp) > SHOAL_TRACKER_MAX_SDP)
    {
      refuse (error, name);
      return NULL;
    }
  return g_strdup (sdp);
}

static char *
read_words (const char *text)
{
  g_autofree char *valid = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), MAX_WORDS));

  for (char *c = valid; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return g_steal_pointer (&valid);
}

static gboolean
read_event (JsonObject *object, ShoalTrackerEvent *event, GError **error)
{
  const char *text = shoal_json_get_string (object, "event");

  *event = SHOAL_TRACKER_EVENT_NONE;
  if (text == NULL || g_str_equal (text, "") || g_str_equal (text, "empty")
      || g_str_equal (text, "update") || g_str_equal (text, "paused"))
    return TRUE;
  if (g_str_equal (text, "started"))
    *event = SHOAL_TRACKER_EVENT_STARTED;
  else if (g_str_equal (text, "completed"))
    *event = SHOAL_TRACKER_EVENT_COMPLETED;
  else if (g_str_equal (text, "stopped"))
    *event = SHOAL_TRACKER_EVENT_STOPPED;
  else
    return refuse (error, "event");
  return TRUE;
}

static gboolean
read_offers (JsonObject *object, ShoalTrackerMessage *self, GError **error)
{
  JsonArray *offers = shoal_json_get_array (object, "offers");
  guint n = offers != NULL ? json_array_get_length (offers) : 0;

  for (guint i = 0; i < MIN (n, SHOAL_TRACKER_MAX_OFFERS); i++)
    {
      JsonNode *node = json_array_get_element (offers, i);
      g_autofree char *sdp = NULL;
      ShoalTrackerId id;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        return refuse (error, "offers");
      if (!read_id (json_node_get_object (node), "offer_id", &id, error))
        return FALSE;
      sdp = read_sdp (json_node_get_object (node), "offer", error);
      if (sdp == NULL)
        return FALSE;
      shoal_tracker_message_add_offer (self, &id, sdp);
    }
  return TRUE;
}

static gboolean
read_announce (JsonObject *object, ShoalTrackerMessage *self, GError **error)
{
  gint64 wanted = shoal_json_get_number (object, "numwant", 0);

  self->wanted = (guint) MIN (wanted, SHOAL_TRACKER_MAX_OFFERS);
  self->left = shoal_json_get_number (object, "left", -1);
  return read_id (object, "peer_id", &self->peer, error)
         && read_event (object, &self->event, error) && read_offers (object, self, error);
}

static gboolean
read_relayed (JsonObject *object, ShoalTrackerMessage *self, const char *body, GError **error)
{
  self->left = shoal_json_get_number (object, "left", -1);
  if (!read_id (object, "peer_id", &self->peer, error)
      || !read_id (object, "offer_id", &self->offer_id, error)
      || (self->type == SHOAL_TRACKER_ANSWER
          && !read_id (object, "to_peer_id", &self->to_peer, error)))
    return FALSE;
  self->sdp = read_sdp (object, body, error);
  return self->sdp != NULL;
}

static gboolean
read_stats (JsonObject *object, ShoalTrackerMessage *self)
{
  const char *warning = shoal_json_get_string (object, "warning message");

  /* Beyond a day nobody means it. */
  self->interval = (guint) MIN (shoal_json_get_number (object, "interval", 0), 24 * 60 * 60);
  self->complete = (guint) MIN (shoal_json_get_number (object, "complete", 0), G_MAXINT);
  self->incomplete = (guint) MIN (shoal_json_get_number (object, "incomplete", 0), G_MAXINT);
  self->warning = warning != NULL ? read_words (warning) : NULL;
  return TRUE;
}

static gboolean
read_scrape (JsonObject *object, ShoalTrackerMessage *self, GError **error)
{
  JsonArray *several = shoal_json_get_array (object, "info_hash");
  guint n = several != NULL ? json_array_get_length (several) : 0;
  ShoalTrackerId id;

  self->topics = g_array_new (FALSE, FALSE, sizeof (ShoalTrackerId));
  if (several == NULL && json_object_has_member (object, "info_hash"))
    {
      if (!read_id (object, "info_hash", &id, error))
        return FALSE;
      g_array_append_val (self->topics, id);
    }
  for (guint i = 0; i < MIN (n, SHOAL_TRACKER_MAX_SCRAPE); i++)
    {
      JsonNode *node = json_array_get_element (several, i);

      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING
          || !id_from_string (json_node_get_string (node), &id))
        return refuse (error, "info_hash");
      g_array_append_val (self->topics, id);
    }
  return TRUE;
}

static gboolean
read_counts (JsonObject *files, ShoalTrackerMessage *self)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  self->counts = g_array_new (FALSE, TRUE, sizeof (ShoalTrackerCount));
  json_object_iter_init (&iter, files);
  while (self->counts->len < SHOAL_TRACKER_MAX_SCRAPE
         && json_object_iter_next (&iter, &name, &node))
    {
      ShoalTrackerCount count = { 0 };
      JsonObject *entry;

      if (!JSON_NODE_HOLDS_OBJECT (node) || !id_from_string (name, &count.topic))
        continue;
      entry = json_node_get_object (node);
      count.complete = (guint) MIN (shoal_json_get_number (entry, "complete", 0), G_MAXINT);
      count.incomplete = (guint) MIN (shoal_json_get_number (entry, "incomplete", 0), G_MAXINT);
      count.downloaded = (guint) MIN (shoal_json_get_number (entry, "downloaded", 0), G_MAXINT);
      g_array_append_val (self->counts, count);
    }
  return TRUE;
}

/* Which message this is, by the members it has: the protocol has one action
 * for six of them. */
static ShoalTrackerMessageType
guess_type (JsonObject *object)
{
  if (json_object_has_member (object, "answer"))
    return json_object_has_member (object, "to_peer_id") ? SHOAL_TRACKER_ANSWER
                                                         : SHOAL_TRACKER_ANSWERED;
  if (json_object_has_member (object, "offer"))
    return SHOAL_TRACKER_OFFERED;
  return json_object_has_member (object, "peer_id") ? SHOAL_TRACKER_ANNOUNCE : SHOAL_TRACKER_STATS;
}

static gboolean
read_body (JsonObject *object, ShoalTrackerMessage *self, GError **error)
{
  switch (self->type)
    {
    case SHOAL_TRACKER_ANNOUNCE:
      return read_announce (object, self, error);
    case SHOAL_TRACKER_OFFERED:
      return read_relayed (object, self, "offer", error);
    case SHOAL_TRACKER_ANSWER:
    case SHOAL_TRACKER_ANSWERED:
      return read_relayed (object, self, "answer", error);
    case SHOAL_TRACKER_STATS:
      return read_stats (object, self);
    case SHOAL_TRACKER_SCRAPE:
      return read_scrape (object, self, error);
    case SHOAL_TRACKER_SCRAPED:
      return read_counts (shoal_json_get_object (object, "files"), self);
    case SHOAL_TRACKER_FAILURE:
      self->failure = read_words (shoal_json_get_string (object, "failure reason"));
      return TRUE;
    default:
      return refuse (error, "message");
    }
}

static ShoalTrackerMessage *
read_object (JsonObject *object, GError **error)
{
  const char *action = shoal_json_get_string (object, "action");
  const char *topic = shoal_json_get_string (object, "info_hash");
  g_autoptr (ShoalTrackerMessage) self = shoal_tracker_message_new (SHOAL_TRACKER_FAILURE);

  self->has_topic = topic != NULL && id_from_string (topic, &self->topic);
  if (shoal_json_get_string (object, "failure reason") == NULL)
    {
      if (g_strcmp0 (action, "announce") == 0)
        self->type = guess_type (object);
      else if (g_strcmp0 (action, "scrape") == 0)
        self->type = shoal_json_get_object (object, "files") != NULL ? SHOAL_TRACKER_SCRAPED
                                                                     : SHOAL_TRACKER_SCRAPE;
      else
        {
          shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                           "invalid action in WS request: %.40s", action != NULL ? action : "none");
          return NULL;
        }
    }

  if (!self->has_topic && self->type != SHOAL_TRACKER_FAILURE
      && self->type != SHOAL_TRACKER_SCRAPE && self->type != SHOAL_TRACKER_SCRAPED)
    {
      refuse (error, "info_hash");
      return NULL;
    }
  return read_body (object, self, error) ? g_steal_pointer (&self) : NULL;
}

ShoalTrackerMessage *
shoal_tracker_message_read (const char *text, size_t size, GError **error)
{
  g_autoptr (JsonNode) root = shoal_json_read (text, size, SHOAL_TRACKER_MAX_MESSAGE, error);

  if (root == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    {
      refuse (error, "message");
      return NULL;
    }
  return read_object (json_node_get_object (root), error);
}
