(ns quintet.check
  "Properties of codecs and handlers: the same under every pattern, whatever the order of threads,
  the pieces of the stream and the calls that fail, on a simulated Linux. Needs
  io.quintet/quintet-testkit; the generators need org.clojure/test.check."
  (:require [clojure.test.check.generators :as gen]
            [quintet.core :as quintet])
  (:import (io.quintet.service Handler)
           (io.quintet.testkit QuintetProperties)
           (java.util List)))

(set! *warn-on-reflection* true)

(defn check
  "Runs a codec and a handler with samples of requests (byte arrays) under all patterns. Throws
  with the story of a short run if one goes wrong. Options: `:runs`, `:seed`."
  ([c f samples] (check c f samples {}))
  ([c f samples {:keys [runs seed]}]
   (let [properties (-> (QuintetProperties/of (quintet/codec c)
                                              (reify Handler (handle [_ request] (f request))))
                        (.samples ^List (vec samples)))]
     (when runs (.runs properties (int runs)))
     (when seed (.seed properties (long seed)))
     (.check properties)
     true)))

(def line
  "Lines, as bytes."
  (gen/fmap (fn [^String s] (.getBytes (str s "\n"))) gen/string-alphanumeric))

(defn samples
  "Some requests of a generator."
  [g]
  (gen/vector g 1 5))
