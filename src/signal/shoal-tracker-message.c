/* shoal-tracker-message.c: the value, and from it to JSON.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-signal"

#include "config.h"

#include "shoal-tracker-message.h"

#include "shoal-json.h"

#include <string.h>

/* --- Ids ------------------------------------------------------------------- */

gboolean
shoal_tracker_id_from_text (ShoalTrackerId *id, const char *text)
{
  if (strlen (text) != SHOAL_TRACKER_ID_SIZE)
    return FALSE;
  for (guint i = 0; i < SHOAL_TRACKER_ID_SIZE; i++)
    if (!g_ascii_isgraph (text[i]))
      return FALSE;
  memcpy (id->bytes, text, SHOAL_TRACKER_ID_SIZE);
  return TRUE;
}

guint
shoal_tracker_id_hash (gconstpointer id)
{
  const ShoalTrackerId *self = id;
  guint hash = 5381;

  /* Strangers choose these: all bytes count. */
  for (guint i = 0; i < SHOAL_TRACKER_ID_SIZE; i++)
    hash = hash * 33 + self->bytes[i];
  return hash;
}

gboolean
shoal_tracker_id_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (ShoalTrackerId)) == 0;
}

/* --- The value ------------------------------------------------------------- */

static void
clear_offer (gpointer data)
{
  ShoalTrackerOffer *offer = data;

  g_free (offer->sdp);
}

ShoalTrackerMessage *
shoal_tracker_message_new (ShoalTrackerMessageType type)
{
  ShoalTrackerMessage *self = g_new0 (ShoalTrackerMessage, 1);

  self->type = type;
  self->left = -1;
  return self;
}

void
shoal_tracker_message_free (ShoalTrackerMessage *self)
{
  g_clear_pointer (&self->offers, g_array_unref);
  g_clear_pointer (&self->topics, g_array_unref);
  g_clear_pointer (&self->counts, g_array_unref);
  g_free (self->sdp);
  g_free (self->warning);
  g_free (self->failure);
  g_free (self);
}

void
shoal_tracker_message_add_offer (ShoalTrackerMessage *self, const ShoalTrackerId *id,
                                 const char *sdp)
{
  ShoalTrackerOffer offer = { *id, g_strdup (sdp) };

  if (self->offers == NULL)
    {
      self->offers = g_array_new (FALSE, FALSE, sizeof (ShoalTrackerOffer));
      g_array_set_clear_func (self->offers, clear_offer);
    }
  g_array_append_val (self->offers, offer);
}

/* --- Writing --------------------------------------------------------------- */

/* Bytes as code points. Returns: (transfer full) */
static char *
id_to_string (const ShoalTrackerId *id)
{
  GString *text = g_string_sized_new (2 * SHOAL_TRACKER_ID_SIZE);

  for (guint i = 0; i < SHOAL_TRACKER_ID_SIZE; i++)
    g_string_append_unichar (text, id->bytes[i] != 0 ? id->bytes[i] : SHOAL_JSON_NUL);
  return g_string_free (text, FALSE);
}

static void
set_id (JsonObject *object, const char *name, const ShoalTrackerId *id)
{
  g_autofree char *text = id_to_string (id);

  json_object_set_string_member (object, name, text);
}

static void
set_sdp (JsonObject *object, const char *name, const char *sdp)
{
  JsonObject *inner = json_object_new ();

  json_object_set_string_member (inner, "type", name);
  json_object_set_string_member (inner, "sdp", sdp);
  json_object_set_object_member (object, name, inner);
}

static void
write_announce (JsonObject *object, const ShoalTrackerMessage *self)
{
  static const char *const EVENTS[] = { NULL, "started", "completed", "stopped" };
  JsonArray *offers;

  set_id (object, "peer_id", &self->peer);
  if (EVENTS[self->event] != NULL)
    json_object_set_string_member (object, "event", EVENTS[self->event]);
  json_object_set_int_member (object, "uploaded", 0);
  json_object_set_int_member (object, "downloaded", 0);
  if (self->left >= 0)
    json_object_set_int_member (object, "left", self->left);
  if (self->wanted > 0)
    json_object_set_int_member (object, "numwant", self->wanted);
  if (self->offers == NULL)
    return;

  offers = json_array_new ();
  for (guint i = 0; i < self->offers->len; i++)
    {
      const ShoalTrackerOffer *offer = &g_array_index (self->offers, ShoalTrackerOffer, i);
      JsonObject *entry = json_object_new ();

      set_sdp (entry, "offer", offer->sdp);
      set_id (entry, "offer_id", &offer->id);
      json_array_add_object_element (offers, entry);
    }
  json_object_set_array_member (object, "offers", offers);
}

static void
write_relayed (JsonObject *object, const ShoalTrackerMessage *self)
{
  set_id (object, "peer_id", &self->peer);
  if (self->type == SHOAL_TRACKER_ANSWER)
    {
      set_id (object, "to_peer_id", &self->to_peer);
      /* To trackers an answer is an announcement as well. */
      if (self->left >= 0)
        json_object_set_int_member (object, "left", self->left);
    }
  set_sdp (object, self->type == SHOAL_TRACKER_OFFERED ? "offer" : "answer", self->sdp);
  set_id (object, "offer_id", &self->offer_id);
}

static void
write_stats (JsonObject *object, const ShoalTrackerMessage *self)
{
  json_object_set_int_member (object, "complete", self->complete);
  json_object_set_int_member (object, "incomplete", self->incomplete);
  json_object_set_int_member (object, "interval", self->interval);
  if (self->warning != NULL)
    json_object_set_string_member (object, "warning message", self->warning);
}

static void
write_topics (JsonObject *object, const ShoalTrackerMessage *self)
{
  JsonArray *topics = json_array_new ();

  for (guint i = 0; self->topics != NULL && i < self->topics->len; i++)
    {
      g_autofree char *text = id_to_string (&g_array_index (self->topics, ShoalTrackerId, i));

      json_array_add_string_element (topics, text);
    }
  json_object_set_array_member (object, "info_hash", topics);
}

static void
write_counts (JsonObject *object, const ShoalTrackerMessage *self)
{
  JsonObject *files = json_object_new ();

  for (guint i = 0; self->counts != NULL && i < self->counts->len; i++)
    {
      const ShoalTrackerCount *count = &g_array_index (self->counts, ShoalTrackerCount, i);
      g_autofree char *text = id_to_string (&count->topic);
      JsonObject *entry = json_object_new ();

      json_object_set_int_member (entry, "complete", count->complete);
      json_object_set_int_member (entry, "incomplete", count->incomplete);
      json_object_set_int_member (entry, "downloaded", count->downloaded);
      json_object_set_object_member (files, text, entry);
    }
  json_object_set_object_member (object, "files", files);
}

static void
write_body (JsonObject *object, const ShoalTrackerMessage *self)
{
  switch (self->type)
    {
    case SHOAL_TRACKER_ANNOUNCE:
      write_announce (object, self);
      break;
    case SHOAL_TRACKER_ANSWER:
    case SHOAL_TRACKER_OFFERED:
    case SHOAL_TRACKER_ANSWERED:
      write_relayed (object, self);
      break;
    case SHOAL_TRACKER_STATS:
      write_stats (object, self);
      break;
    case SHOAL_TRACKER_SCRAPE:
      write_topics (object, self);
      break;
    case SHOAL_TRACKER_SCRAPED:
      write_counts (object, self);
      break;
    case SHOAL_TRACKER_FAILURE:
    default:
      json_object_set_string_member (object, "failure reason", self->failure);
    }
}

char *
shoal_tracker_message_write (const ShoalTrackerMessage *self)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  gboolean is_scrape = self->type == SHOAL_TRACKER_SCRAPE || self->type == SHOAL_TRACKER_SCRAPED;

  json_node_take_object (root, object);
  /* Clients take a failure about their topic for one of an announcement. */
  if (self->type != SHOAL_TRACKER_FAILURE || self->has_topic)
    json_object_set_string_member (object, "action", is_scrape ? "scrape" : "announce");
  if (self->has_topic && !is_scrape)
    set_id (object, "info_hash", &self->topic);
  write_body (object, self);
  return shoal_json_write (root);
}
