(ns quintet.core
  "Servers under five patterns of threads and sockets.

  `run-server` is an adapter for Ring; `serve` is for other protocols; `spec`, `step` and `draw`
  give the machines as data."
  (:require [clojure.string :as str])
  (:import (io.quintet Handler LateHandler Quintet Reply Server ServerBuilder)
           (io.quintet.codec Codec Echo LengthPrefixed Line Peer)
           (io.quintet.http Http Http$Limits HttpRequest HttpResponse)
           (io.quintet.memcached Memcached)
           (io.quintet.resp Resp)
           (io.quintet.specs Drawing Specs)
           (java.io ByteArrayInputStream ByteArrayOutputStream File InputStream)
           (java.net InetSocketAddress)
           (java.nio.charset Charset StandardCharsets)
           (java.nio.file Files)
           (java.util List Map Map$Entry Optional)
           (javax.net.ssl SSLPeerUnverifiedException SSLSession)))

(set! *warn-on-reflection* true)

;; Names: :idle-timeout-millis here is idleTimeoutMillis there.

(defn- camel [k]
  (let [[first & more] (str/split (name k) #"-")]
    (apply str first (map str/capitalize more))))

(defn- kebab [^String s]
  (keyword (str/lower-case (str/replace s #"([a-z0-9])([A-Z])" "$1-$2"))))

(defn- event-name [k]
  (str/upper-case (str/replace (name k) "-" "_")))

(defn- event-keyword [^String s]
  (keyword (str/lower-case (str/replace s "_" "-"))))

(defn- option-value [v]
  (if (keyword? v) (name v) v))

(defn- option-map [opts]
  (into {}
        (for [[k v] opts :when (some? v)]
          (if (= k :pattern)
            ["topology" (name v)]
            [(camel k) (option-value v)]))))

(defn- data
  "Maps, lists and numbers of Java as those of Clojure."
  [x]
  (cond
    (instance? Map x) (into {} (for [[k v] x] [(if (string? k) (kebab k) k) (data v)]))
    (instance? List x) (mapv data x)
    :else x))

;; Ring

(def ^:private own-fields
  "Fields that the codec writes itself."
  #{"content-length" "transfer-encoding" "date" "connection"})

(defn- headers-of [^HttpRequest request]
  (persistent!
   (reduce (fn [headers ^Map$Entry field]
             (let [k (str/lower-case (.getKey field))
                   v (.getValue field)]
               (assoc! headers k
                       (if-let [before (get headers k)]
                         (str before (if (= k "cookie") "; " ",") v)
                         v))))
           (transient {})
           (.headers request))))

(defn- host-of [headers]
  (let [^String host (get headers "host" "")]
    (if-let [[_ name port] (re-matches #"(.*):([0-9]{1,5})" host)]
      [name (Long/parseLong port)]
      [host nil])))

(defn- client-certificate [^SSLSession session]
  (try
    (first (.getPeerCertificates session))
    (catch SSLPeerUnverifiedException _ nil)))

(defn- address-text [^Optional address]
  (let [address (.orElse address nil)]
    (if (instance? InetSocketAddress address)
      (.getHostAddress (.getAddress ^InetSocketAddress address))
      "")))

(defn- ring-request [^HttpRequest request opts]
  (let [headers (headers-of request)
        [host port] (host-of headers)
        ^Peer peer (.peer request)
        ^SSLSession session (.orElse (.session peer) nil)
        body (.body request)]
    (cond-> {:server-port (or port (:server-port @(:bound opts)) 0)
             :server-name host
             :remote-addr (address-text (.address peer))
             :uri (.path request)
             :scheme (if session :https :http)
             :request-method (keyword (str/lower-case (.method request)))
             :protocol (str "HTTP/1." (.minorVersion request))
             :headers headers
             :body (ByteArrayInputStream. body)}
      (.isPresent (.query request)) (assoc :query-string (.get (.query request)))
      session (assoc :ssl-client-cert (client-certificate session)))))

(defn- charset-of ^Charset [content-type]
  (if-let [[_ name] (and content-type (re-find #"(?i)charset=\"?([^\";\s]+)" content-type))]
    (Charset/forName name)
    StandardCharsets/UTF_8))

(defn- streamed
  "A body by ring.core.protocols, if that is loaded and has it."
  [body response]
  (if-let [write (and (find-ns 'ring.core.protocols)
                      (resolve 'ring.core.protocols/write-body-to-stream))]
    (let [out (ByteArrayOutputStream.)]
      (write body response out)
      (.toByteArray out))
    (throw (IllegalArgumentException.
            (str "a body of " (class body) " is none of String, seq, File, InputStream, bytes, nil")))))

(defn- body-bytes ^bytes [body response ^Charset charset]
  (cond
    (nil? body) (byte-array 0)
    (string? body) (.getBytes ^String body charset)
    (bytes? body) body
    (instance? File body) (Files/readAllBytes (.toPath ^File body))
    (instance? InputStream body) (with-open [in ^InputStream body] (.readAllBytes in))
    (seq? body) (.getBytes ^String (apply str body) charset)
    :else (streamed body response)))

(defn- header-entries [headers]
  (for [[k v] headers
        :when (not (own-fields (str/lower-case k)))
        one (if (string? v) [v] v)]
    (Map/entry k (str one))))

(defn- field [headers wanted]
  (some (fn [[k v]] (when (.equalsIgnoreCase ^String wanted k) (if (string? v) v (first v))))
        headers))

(defn- quintet-response ^HttpResponse [response]
  (when-not (map? response)
    (throw (IllegalArgumentException. (str "a response is a map, and not " (pr-str response)))))
  (let [{:keys [status headers body]} response
        bytes (body-bytes body response (charset-of (field headers "content-type")))
        made (HttpResponse/of (int status) ^List (vec (header-entries headers)) bytes)]
    (if (some-> ^String (field headers "connection") (.equalsIgnoreCase "close"))
      (.endingConnection made)
      made)))

(def ^:private adapter-options
  #{:async? :max-body-bytes :max-head-bytes})

(defn- http-codec ^Codec [opts]
  (Http/codec (Http$Limits. (:max-head-bytes opts (* 16 1024))
                            (:max-body-bytes opts (* 1024 1024)))))

(defn- start ^Server [^ServerBuilder builder opts]
  (-> builder (.options ^Map (option-map opts)) .start))

(defn run-server
  "Starts a Ring handler and returns the server, which `with-open` can close.

  Options: `:port` (0 for a free one), `:host`, `:pattern` (`:single-thread`, `:multi-thread`,
  `:load-balanced`, `:reuseport`, `:multi-process`), `:async?` for a handler of three arguments,
  `:max-body-bytes`, `:max-head-bytes`, and every option of io.quintet.Options in kebab case, such
  as `:idle-timeout-millis`. Bodies are whole: one that is streamed is gathered before it is sent."
  (^Server [handler] (run-server handler {}))
  (^Server [handler opts]
   (let [bound (atom {})
         context (assoc opts :bound bound)
         codec (http-codec opts)
         builder (if (:async? opts)
                   (Quintet/serverLater
                    codec
                    (reify LateHandler
                      (handle [_ request reply]
                        (handler (ring-request request context)
                                 (fn [response]
                                   (.send ^Reply reply (quintet-response response)))
                                 (fn [failure]
                                   (.fail ^Reply reply failure))))))
                   (Quintet/server
                    codec
                    (reify Handler
                      (handle [_ request]
                        (quintet-response (handler (ring-request request context)))))))
         server (start builder (apply dissoc opts adapter-options))]
     (reset! bound {:server-port (.port server)})
     server)))

;; Other protocols

(defn codec
  "A codec by its name: :line, :echo, :resp, :memcached, :http, :frames (behind four bytes of
  length); or the codec that is given."
  ^Codec [c]
  (case c
    :line (Line/codec)
    :echo (Echo/codec)
    :resp (Resp/codec)
    :memcached (Memcached/codec)
    :http (Http/codec)
    :frames (LengthPrefixed/of 4)
    c))

(defn serve
  "Starts a server of any protocol: `f` takes a request of the codec and returns its reply.

      (serve :line clojure.string/upper-case {:port 7000 :pattern :reuseport})"
  (^Server [c f] (serve c f {}))
  (^Server [c f opts]
   (start (Quintet/server (codec c) (reify Handler (handle [_ request] (f request)))) opts)))

(defn port
  "The port on which a server listens."
  [^Server server]
  (.port server))

(defn stats
  "What a server has done so far, with keyword keys."
  [^Server server]
  (data (.stats server)))

(defn explain
  "The last transitions of each connection, by its descriptor."
  [^Server server]
  (into (sorted-map) (.explain server)))

;; Specs

(defn specs
  "The names of all machines and topologies."
  []
  {:machines (mapv keyword (Specs/machineIds))
   :topologies (mapv keyword (Specs/topologyIds))})

(defn- transition [t]
  (cond-> {:target (keyword (get t "target"))}
    (get t "actions") (assoc :action (keyword (kebab (get t "actions"))))))

(defn- transitions [m]
  (into {} (for [[event t] m] [(event-keyword event) (transition t)])))

(defn- state [s]
  (cond-> {:description (get s "description")}
    (= "final" (get s "type")) (assoc :final? true)
    (get s "on") (assoc :on (transitions (get s "on")))
    (get s "after") (assoc :after (transitions (get s "after")))
    (get-in s ["meta" "interest"]) (assoc :interest (mapv event-keyword
                                                          (get-in s ["meta" "interest"])))))

(defn spec
  "A machine or a topology as data: `(spec :connection)`, `(spec :reuseport)`."
  [id]
  (let [d (Specs/data (name id))]
    (if (get d "states")
      {:id id
       :description (get d "description")
       :initial (keyword (get d "initial"))
       :states (into {} (for [[k s] (get d "states")] [(keyword k) (state s)]))}
      (data d))))

(defn step
  "Where an event leads from a state of a machine: `{:target … :action …}`, or nil if nowhere.
  A deadline is an event too: `(step (spec :connection) :idle :idle)`."
  [machine state event]
  (let [{:keys [on after]} (get-in machine [:states state])]
    (or (get on event) (get after event))))

(defn draw
  "A machine as a diagram of Mermaid."
  [machine]
  (Drawing/mermaid (Specs/machine (name (:id machine machine)))))
