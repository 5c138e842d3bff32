(ns quintet.async
  "Handlers that answer on a channel of core.async, and bodies that come from one. Needs
  org.clojure/core.async."
  (:require [clojure.core.async :as async]
            [quintet.core :as quintet])
  (:import (io.quintet Server)
           (java.nio.charset StandardCharsets)
           (java.util.concurrent Flow$Publisher Flow$Subscriber Flow$Subscription)))

(set! *warn-on-reflection* true)

(defn- on-channel
  "A handler of three arguments of one that returns a channel."
  [handler]
  (fn [request respond raise]
    (async/take! (handler request)
                 (fn [value]
                   (cond
                     (nil? value) (raise (ex-info "a channel was closed without a reply" {}))
                     (instance? Throwable value) (raise value)
                     :else (try (respond value)
                                (catch Throwable failure (raise failure))))))))

(defn run-server
  "As quintet.core/run-server, for a Ring handler that returns a channel, such as a `go` block's. What
  comes first is the response; an exception, or a channel that is closed before, fails the request."
  (^Server [handler] (run-server handler {}))
  (^Server [handler opts]
   (quintet/run-server (on-channel handler) (assoc opts :async? true))))

(defn serve
  "As quintet.core/serve, for a handler that returns a channel with the reply."
  (^Server [c f] (serve c f {}))
  (^Server [c f opts]
   (quintet/serve-later c (on-channel f) opts)))

(defn- part ^bytes [value]
  (if (bytes? value) value (.getBytes (str value) StandardCharsets/UTF_8)))

(defn- abandon
  "Closes a channel and takes what is in it: close! alone would leave who waits to put there waiting."
  [channel]
  (async/close! channel)
  (async/go-loop []
    (when (some? (async/<! channel))
      (recur))))

(defn body
  "A response body of what comes on a channel, texts or byte arrays, until that is closed; an
  exception breaks it off. A client that is slow slows down who puts; one that goes away closes the
  channel."
  ^Flow$Publisher [channel]
  (reify Flow$Publisher
    (subscribe [_ subscriber]
      (let [^Flow$Subscriber to subscriber
            demand (async/chan 16)]
        (.onSubscribe to (reify Flow$Subscription
                           (request [_ n] (async/put! demand n))
                           (cancel [_] (async/close! demand) (abandon channel))))
        (async/go-loop [left 0]
          (if (zero? left)
            (when-let [n (async/<! demand)]
              (recur (long n)))
            (let [value (async/<! channel)]
              (cond
                (nil? value) (.onComplete to)
                (instance? Throwable value) (do (.onError to value) (abandon channel))
                :else (do (.onNext to (part value))
                          (recur (dec left)))))))))))
