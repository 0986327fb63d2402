/* net-fixture.h: two devices and a TCP or QUIC link between them, in one process.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-connector.h"
#include "shoal-error.h"
#include "shoal-limits.h"
#include "shoal-listener.h"
#include "shoal-quic-dial.h"
#include "shoal-quic-listener.h"

/* One end of a link, and what it was told. */
typedef struct
{
  ShoalLink  *link;        /* (owned) (nullable) */
  gboolean    is_quic;     /* several streams */
  GByteArray *received;    /* (owned) */
  uint64_t    n_received;  /* also when `keep` is FALSE */
  gboolean    keep;        /* collect in `received` */
  guint       n_writable;
  guint       n_closed;
  GError     *error;       /* (owned) (nullable) */
} End;

typedef struct
{
  ShoalMainRuntime *runtime;
  ShoalIdentity    *here_identity;
  ShoalIdentity    *there_identity;
  ShoalListener    *listener;  /* of "there", on 127.0.0.1 */
  ShoalConnector   *connector; /* of "here" */
  gboolean          is_quic;   /* dial() uses the following */
  ShoalQuicListener *quic_listener;
  guint16           quic_port; /* to dial; 0: the listener's */
  ShoalQuicLink    *dialled;   /* (owned) (nullable): not ready yet */
  End               here;
  End               there;
  GError           *connect_error;
  gboolean          connect_done;
} NetFixture;

/* @data: NULL for TCP, NET_FIXTURE_QUIC for QUIC. */
#define NET_FIXTURE_QUIC "quic"
void net_fixture_set_up    (NetFixture *f, gconstpointer data);
void net_fixture_tear_down (NetFixture *f, gconstpointer data);

/* Dials @f's listener; runs until the callback. The link is `here.link`. */
void net_fixture_dial    (NetFixture *f, const ShoalDeviceId *expected);
/* Both ends open, with events set. */
void net_fixture_connect (NetFixture *f);

void     end_watch (End *end); /* sets the events that fill @end */
/* Iterates the default context until *@flag, at most 10 s. */
#define run_until(condition)                                                                      \
  G_STMT_START                                                                                    \
  {                                                                                               \
    gint64 run_until_start = g_get_monotonic_time ();                                             \
    while (!(condition))                                                                          \
      {                                                                                           \
        if (!g_main_context_iteration (NULL, FALSE))                                              \
          g_usleep (200);                                                                         \
        g_assert_cmpint (g_get_monotonic_time () - run_until_start, <, 20 * G_USEC_PER_SEC);      \
      }                                                                                           \
  }                                                                                               \
  G_STMT_END
/* Iterates for so many milliseconds. */
void     run_for (guint milliseconds);

GBytes  *make_bytes (size_t size, uint8_t fill);
/* A blocking plain TCP connection to the listener. */
int      net_fixture_raw_connect (NetFixture *f);
guint    count_descriptors (void);
