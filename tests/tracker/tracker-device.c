/* tracker-device.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "tracker-device.h"

ShoalSignalBody *
device_body (Device *device)
{
  ShoalSignalBody *body = shoal_signal_body_new (&device->id);

  body->ufrag = g_strdup ("abcd");
  body->password = g_strdup ("0123456789012345678901");
  g_ptr_array_add (body->candidates,
                   g_strdup ("candidate:1 1 UDP 2013266431 192.0.2.1 4000 typ host"));
  return body;
}

static void
on_seen (ShoalMeeting *meeting, guint n_others, gpointer user_data)
{
  Device *device = user_data;

  device->n_seen++;
  device->n_others = n_others;
}

static void
keep_body (Device *device, const ShoalSignalBody *body)
{
  g_clear_pointer (&device->body, shoal_signal_body_free);
  device->body = shoal_signal_body_copy (body);
}

static void
on_offered (ShoalMeeting *meeting, guint number, const ShoalSignalBody *body, gpointer user_data)
{
  Device *device = user_data;
  g_autoptr (ShoalSignalBody) ours = device_body (device);
  g_autoptr (GError) error = NULL;

  device->n_offered++;
  device->offered = number;
  keep_body (device, body);
  if (device->silent)
    return;
  shoal_meeting_answer (meeting, number, ours, &error);
  g_assert_no_error (error);
}

static void
on_answered (ShoalMeeting *meeting, guint number, const ShoalSignalBody *body, gpointer user_data)
{
  Device *device = user_data;

  device->n_answered++;
  device->number = number;
  keep_body (device, body);
}

ShoalMeeting *
device_meet (Device *device, const uint8_t *secret)
{
  static const ShoalMeetingFuncs FUNCS = { on_seen, on_offered, on_answered };

  return shoal_meeting_new (device->client, SHOAL_TOPIC_FRIENDS, secret, FALSE, NULL, &FUNCS,
                            device);
}

void
device_start (Device *device, ShoalRuntime *runtime, const char *const *urls, guint8 id,
              const uint8_t *secret)
{
  memset (&device->id, id, sizeof device->id);
  device->client = shoal_tracker_client_new (runtime, NULL, NULL);
  shoal_tracker_client_set_urls (device->client, urls);
  device->meeting = device_meet (device, secret);
}

void
device_stop (Device *device)
{
  g_clear_pointer (&device->meeting, shoal_meeting_free);
  g_clear_pointer (&device->client, shoal_tracker_client_free);
  g_clear_pointer (&device->body, shoal_signal_body_free);
}
